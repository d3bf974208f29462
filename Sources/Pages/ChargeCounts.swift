/// How often each of the seven costs was charged in one execution.
public struct ChargeCounts: Equatable, Sendable, Codable {
    public var signalRead: UInt64 = 0
    public var signalWrite: UInt64 = 0
    public var signalWriteAfterRead: UInt64 = 0
    public var hostFuncRead: UInt64 = 0
    public var hostFuncWrite: UInt64 = 0
    public var hostFuncWriteAfterRead: UInt64 = 0
    public var loadPageData: UInt64 = 0

    public init() {}

    @inlinable
    public subscript(kind: CostKind) -> UInt64 {
        get {
            switch kind {
            case .signalRead: signalRead
            case .signalWrite: signalWrite
            case .signalWriteAfterRead: signalWriteAfterRead
            case .hostFuncRead: hostFuncRead
            case .hostFuncWrite: hostFuncWrite
            case .hostFuncWriteAfterRead: hostFuncWriteAfterRead
            case .loadPageData: loadPageData
            }
        }
        set {
            switch kind {
            case .signalRead: signalRead = newValue
            case .signalWrite: signalWrite = newValue
            case .signalWriteAfterRead: signalWriteAfterRead = newValue
            case .hostFuncRead: hostFuncRead = newValue
            case .hostFuncWrite: hostFuncWrite = newValue
            case .hostFuncWriteAfterRead: hostFuncWriteAfterRead = newValue
            case .loadPageData: loadPageData = newValue
            }
        }
    }
}
