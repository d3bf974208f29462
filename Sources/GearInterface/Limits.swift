/// What a job may produce. An answer travels as one JSON document, with payloads in base64.
enum Limits {
    /// Of one message or of the reply, in bytes; as in Gear.
    static let payload = 8 << 20
    /// Messages begun in one job; as in Gear.
    static let messages = 1024
    /// All messages of one job, in bytes.
    static let messageBytes = 16 << 20
    /// All lines of the log of one job, in bytes.
    static let log = 64 << 10
    /// What a panic says, in bytes; the rest is left out.
    static let panic = 8 << 10
}
