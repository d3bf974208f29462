extension GearFunctions {
    static var reservation: [GearFunction] {
        [GearFunction("gr_system_reserve_gas", GearCall.reserveForSystem, \.context, .errorThen(0), .gas)]
    }
}

extension GearCall {
    /// Gas for the signal that would tell the program of its failure. Here is never one, so that nothing is taken, however
    /// much it is; but programs that may wait do not start without it.
    func reserveForSystem(gas: UInt64) throws(CallFailure) -> [UInt8] {
        if gas == 0 { throw .code(.zeroReservation) }
        return []
    }
}
