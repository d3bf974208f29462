/// One of the two forms: what it appends to a module, and how it rewrites a function.
protocol FunctionRewriter {
    var globals: [CounterGlobal] { get }
    var helpers: [HelperFunction] { get }

    func rewrite(_ body: FunctionBody) throws(MeteringError) -> RewrittenBody
}
