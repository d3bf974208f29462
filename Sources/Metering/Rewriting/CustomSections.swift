/// Which custom sections stay right when code is put into functions. Indices do not shift, so that names stay right;
/// what speaks of offsets in the code does not, and what is unknown is taken to speak of other things.
enum CustomSections {
    static func isKept(_ name: String) -> Bool {
        !dropped.contains(name) && !droppedPrefixes.contains { name.hasPrefix($0) }
    }

    private static let dropped = [
        "linking",  // relocatable objects' symbols
        "sourceMappingURL", "external_debug_info",  // debug information elsewhere
    ]

    private static let droppedPrefixes = [
        "reloc.",  // relocations
        ".debug_",  // DWARF
        "metadata.code.",  // hints for single instructions
    ]
}
