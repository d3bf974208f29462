/// What a message or a reply takes from the program that sends it.
struct Payment {
    /// For handling the message; nil leaves that to others.
    var gasLimit: UInt64?
    var value: UInt128
}

extension GearCall {
    /// - Parameter leastGasLimit: of those that are not 0.
    func check(_ payment: Payment, leastGasLimit: UInt64) throws(CallFailure) {
        if let gasLimit = payment.gasLimit, gasLimit > 0, gasLimit < leastGasLimit {
            throw .code(.insufficientGasLimit)
        }
        if let gasLimit = payment.gasLimit, let left = host.gasLeft, gasLimit > left { throw .code(.notEnoughGas) }
        let existentialDeposit = execution.context.environment.existentialDeposit.number
        if payment.value > 0, payment.value < existentialDeposit { throw .code(.insufficientValue) }
        if payment.value > execution.valueAvailable { throw .code(.notEnoughValue) }
    }

    /// Takes what was checked. The gas is burned for this job: it belongs to the message's receiver.
    func take(_ payment: Payment) throws(CallFailure) {
        if let gasLimit = payment.gasLimit { try charge(gasLimit) }
        execution.valueAvailable -= payment.value
    }
}
