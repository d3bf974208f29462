/// Instructions that cost the same.
package enum WeightClass: UInt8, CaseIterable {
    /// `end` and `else`, which are not executed and never cost anything.
    case marker
    /// What leaves no trace in compiled code.
    case free
    case constant, local, global, select
    case load, store
    case branch, conditionalBranch, branchTable
    case call, indirectCall
    /// Of integers, but for division: arithmetic, comparison, change of width.
    case integer
    case division
    /// Of 128 bits in two parts.
    case wideInteger
    case float, floatDivision
    /// Between integers and floating point.
    case conversion
    case vector, vectorFloat
    case reference, functionReference, tableAccess, segmentDrop
    // What follows costs a share by its last operand too.
    case memoryGrow, memoryFill, memoryCopy, memoryInit
    case tableGrow, tableFill, tableCopy, tableInit
}
