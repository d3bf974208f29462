extension Statement {
    /// With other expressions, as many and in the same order.
    func replacing(expressions new: [Expression]) -> Statement {
        switch self {
        case .set(let local, _): .set(local, new[0])
        case .drop: .drop(new[0])
        case .store(let operation, let address, _):
            .store(operation, Address(base: new[0], offset: address.offset), new[1])
        case .fill: .fill(new[0], value: new[1], size: new[2])
        case .copy: .copy(new[0], from: new[1], size: new[2])
        case .initialize(let segment, _, _, _): .initialize(segment: segment, new[0], from: new[1], size: new[2])
        case .choose(let label, _, let first, let second): .choose(label, new[0], first, else: second)
        case .branch(let label, .some): .branch(label, when: new[0])
        case .branchTable(_, let labels): .branchTable(new[0], labels)
        case .leave(_, .branchWhen): .leave(new[0], .branchWhen(new[1]))
        case .leave(_, .branchTable): .leave(new[0], .branchTable(new[1]))
        case .leave(_, let exit): .leave(new[0], exit)
        case .branch(_, nil), .dropSegment, .block, .repeated, .endless, .unreachable: self
        }
    }

    /// With other lists of statements in it, as many and in the same order.
    func replacing(lists new: [[Statement]]) -> Statement {
        switch self {
        case .block(let label, _): .block(label, new[0])
        case .choose(let label, let condition, _, _): .choose(label, condition, new[0], else: new[1])
        case .repeated(let label, let local, let count, _): .repeated(label, local: local, count: count, new[0])
        case .endless(let label, _): .endless(label, new[0])
        default: self
        }
    }
}

extension Expression {
    /// Made of other expressions, as many and in the same order.
    func replacing(operands new: [Expression]) -> Expression {
        switch self {
        case .constant, .local, .memorySize: self
        case .unary(let operation, _): .unary(operation, new[0])
        case .binary(let operation, _, _): .binary(operation, new[0], new[1])
        case .load(let operation, let address): .load(operation, Address(base: new[0], offset: address.offset))
        case .memoryGrow: .memoryGrow(new[0])
        case .call(let index, _): .call(index, new)
        case .indirectCall(let type, _, _):
            .indirectCall(type, element: new[new.count - 1], Array(new.dropLast()))
        case .host(let operation, _): .host(operation, new)
        }
    }
}
