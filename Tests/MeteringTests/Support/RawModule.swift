@testable import Metering

/// A module made of sections that need not be right.
func rawModule(_ sections: [(id: UInt8, contents: [UInt8])]) -> [UInt8] {
    var bytes: [UInt8] = [0x00, 0x61, 0x73, 0x6D, 1, 0, 0, 0]
    for section in sections {
        bytes.append(section.id)
        bytes.append(sized: section.contents)
    }
    return bytes
}

/// Contents of a code section with one function.
func rawCode(_ body: [UInt8]) -> [UInt8] {
    var contents: [UInt8] = [1]
    contents.append(sized: body)
    return contents
}
