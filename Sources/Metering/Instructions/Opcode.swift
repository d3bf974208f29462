/// What the table says of an instruction.
struct Opcode: Sendable {
    let immediates: Immediates
    let weight: WeightClass
    let flow: Flow
}

/// What follows an instruction's code in the binary format.
enum Immediates: UInt8 {
    case none
    case blockType
    case label
    /// Labels, the default's last.
    case labels
    case function, global, local
    /// Of what metering adds nothing to.
    case index
    case twoIndices
    case typeAndIndex
    /// The number of the only memory, one byte.
    case memory
    /// The same twice.
    case twoMemories
    case indexAndMemory
    case address
    case addressAndLane
    case lane
    case sixteenLanes
    case i32, i64, f32, f64, v128
    case heapType
    case valueTypes
}

/// Where execution goes after an instruction.
enum Flow: UInt8 {
    case next
    case block, loop, `if`, `else`, end
    case branch, conditionalBranch
    /// Out and back.
    case call
    case tailCall, `return`
    case trap

    /// Execution never goes on with the next instruction.
    var isFinal: Bool {
        switch self {
        case .branch, .tailCall, .return, .trap: true
        case .next, .block, .loop, .if, .else, .end, .conditionalBranch, .call: false
        }
    }
}

/// One instruction of a function.
struct Instruction {
    /// As ``OpcodeTable`` counts them.
    let code: UInt16
    let weight: WeightClass
    let flow: Flow
    /// Of a branch: how many control blocks out its target lies; of one with several targets, the outermost's.
    let label: UInt32
    /// In the module.
    let start: Int
    let end: Int
}
