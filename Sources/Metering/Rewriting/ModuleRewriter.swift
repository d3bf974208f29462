/// Puts a module together again, with what a form of metering adds.
struct ModuleRewriter {
    let module: Module
    let form: any FunctionRewriter

    func rewrite() throws(MeteringError) -> MeteredModule {
        var rewritten = try rewrittenSections()[...]
        var output: [UInt8] = [0x00, 0x61, 0x73, 0x6D, 1, 0, 0, 0]
        var dropped: [String] = []

        func append(_ id: SectionID, _ contents: [UInt8]) {
            output.append(id.byte)
            output.append(sized: contents)
        }
        for section in module.sections {
            let contents = Array(module.bytes[section.contents])
            switch section.kind {
            case .known(let id):
                while let (next, contents) = rewritten.first, next < id {
                    append(next, contents)
                    rewritten.removeFirst()
                }
                if let (next, contents) = rewritten.first, next == id {
                    append(next, contents)
                    rewritten.removeFirst()
                } else {
                    append(id, contents)
                }
            case .custom(let name) where CustomSections.isKept(name):
                output.append(0)
                output.append(sized: contents)
            case .custom(let name): dropped.append(name)
            }
        }
        for (id, contents) in rewritten { append(id, contents) }
        return MeteredModule(binary: output, droppedSections: dropped)
    }

    /// Those that the metering adds to, in order.
    private func rewrittenSections() throws(MeteringError) -> [(SectionID, [UInt8])] {
        let (helpers, globals) = (form.helpers, form.globals)
        let firstType = module.parameterCounts.count
        let definedGlobalCount = module.globals.count - module.importedGlobalCount
        return [
            (.type, try extended(.type, count: firstType, by: helpers.map(\.type))),
            (
                .function,
                try extended(
                    .function, count: module.functionTypes.count, imported: module.importedFunctionCount,
                    by: helpers.indices.map { .unsigned(firstType + $0) })
            ),
            (
                .global,
                try extended(
                    .global, count: definedGlobalCount, imported: module.importedGlobalCount,
                    by: globals.map(\.definition))
            ),
            (
                .export,
                try extended(
                    .export, count: module.exportCount,
                    by: globals.enumerated().map { $1.export(index: module.globals.count + $0) })
            ),
            (.code, try code(helpers)),
        ]
    }

    /// A section's entries and more, behind their number.
    private func extended(
        _ id: SectionID, count: Int, imported: Int = 0, by entries: [[UInt8]]
    ) throws(MeteringError) -> [UInt8] {
        let original = module.entries[id] ?? 0..<0
        guard imported + count + entries.count <= Limits.entryCount else {
            throw MeteringError(.tooLarge("the \(id.name) section", limit: Limits.entryCount), at: original.lowerBound)
        }
        return .unsigned(count + entries.count) + module.bytes[original] + entries.joined()
    }

    private func code(_ helpers: [HelperFunction]) throws(MeteringError) -> [UInt8] {
        var contents: [UInt8] = .unsigned(module.bodies.count + helpers.count)
        for index in module.bodies.indices {
            contents.append(sized: try form.rewrite(try FunctionBody(module, index)))
        }
        for helper in helpers { contents.append(sized: helper.body) }
        return contents
    }
}
