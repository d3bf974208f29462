/// Puts a module together again, with what a form of metering adds.
struct ModuleRewriter {
    let module: Module
    let form: any FunctionRewriter

    func rewrite() throws(MeteringError) -> MeteredModule {
        var rewritten = try rewrittenSections()[...]
        var output: [UInt8] = [0x00, 0x61, 0x73, 0x6D, 1, 0, 0, 0]
        var dropped: [String] = []
        for section in module.sections {
            switch section.kind {
            case .known(let id):
                while let next = rewritten.first, next.id < id {
                    output.append(next)
                    rewritten.removeFirst()
                }
                if let next = rewritten.first, next.id == id {
                    output.append(next)
                    rewritten.removeFirst()
                } else {
                    output.append(RewrittenSection(id: id, contents: Array(module.bytes[section.contents])))
                }
            case .custom(let name) where CustomSections.isKept(name):
                output.append(0)
                output.append(sized: Array(module.bytes[section.contents]))
            case .custom(let name): dropped.append(name)
            }
        }
        for section in rewritten { output.append(section) }
        return MeteredModule(binary: output, droppedSections: dropped)
    }

    /// Those that the metering adds to, in order.
    private func rewrittenSections() throws(MeteringError) -> [RewrittenSection] {
        let (helpers, globals) = (form.helpers, form.globals)
        let types = try extended(.type, count: module.parameterCounts.count, by: helpers.map(\.type))
        let functions = try extended(
            .function, count: module.functionTypes.count, imported: module.importedFunctionCount,
            by: helpers.indices.map { .unsigned(module.parameterCounts.count + $0) })
        let definedGlobals = try extended(
            .global, count: module.globals.count - module.importedGlobalCount, imported: module.importedGlobalCount,
            by: globals.map(\.definition))
        let exports = try extended(
            .export, count: module.exportCount,
            by: globals.enumerated().compactMap { $1.export(index: module.globals.count + $0) })
        return [types, functions, definedGlobals, exports, RewrittenSection(id: .code, contents: try code(helpers))]
    }

    /// A section's entries and more, behind their number.
    private func extended(
        _ id: SectionID, count: Int, imported: Int = 0, by entries: [[UInt8]]
    ) throws(MeteringError) -> RewrittenSection {
        let original = module.entries[id] ?? 0..<0
        guard imported + count + entries.count <= Limits.entryCount else {
            throw MeteringError(.tooLarge("the \(id.name) section", limit: Limits.entryCount), at: original.lowerBound)
        }
        let contents: [UInt8] = .unsigned(count + entries.count) + module.bytes[original] + entries.joined()
        return RewrittenSection(id: id, contents: contents)
    }

    private func code(_ helpers: [HelperFunction]) throws(MeteringError) -> [UInt8] {
        var contents: [UInt8] = .unsigned(module.bodies.count + helpers.count)
        for index in module.bodies.indices {
            contents.append(sized: try form.rewrite(try FunctionBody(module, index)).bytes)
        }
        for helper in helpers { contents.append(sized: helper.body) }
        return contents
    }
}

private struct RewrittenSection {
    let id: SectionID
    let contents: [UInt8]
}

extension [UInt8] {
    fileprivate mutating func append(_ section: RewrittenSection) {
        append(section.id.byte)
        append(sized: section.contents)
    }
}
