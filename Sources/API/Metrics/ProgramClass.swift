import WorkerProtocol

/// What kind of program a job is for, as far as it matters to those who watch the service.
enum ProgramClass: String, CaseIterable {
    /// It uses Gear's host functions: messages in and out.
    case gear
    /// It is called with numbers alone, and imports nothing but perhaps its memory.
    case plain

    init(_ interface: ProgramInterface) { self = interface.imports.isEmpty ? .plain : .gear }
}
