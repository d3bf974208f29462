import WorkerProtocol

extension GearFunctions {
    /// What only a network of programs could serve: they can be imported, and say that they are not supported.
    static var unsupported: [GearFunction] {
        [
            GearFunction(
                "gr_create_program", GearCall.refuse, \.unsupported, .errorThen(64),
                .unused(.i32, .i32, .i32, .i32, .i32, .i32)),
            GearFunction(
                "gr_create_program_wgas", GearCall.refuse, \.unsupported, .errorThen(64),
                .unused(.i32, .i32, .i32, .i32, .i32, .i64, .i32)),
            GearFunction("gr_reply_deposit", GearCall.refuse, \.unsupported, .errorThen(0), .unused(.i32, .i64)),
            GearFunction("gr_wake", GearCall.refuse, \.unsupported, .errorThen(0), .unused(.i32, .i32)),
            GearFunction("gr_reserve_gas", GearCall.refuse, \.unsupported, .errorThen(32), .unused(.i64, .i32)),
            GearFunction("gr_unreserve_gas", GearCall.refuse, \.unsupported, .errorThen(8), .unused(.i32)),
            GearFunction(
                "gr_reservation_send", GearCall.refuse, \.unsupported, .errorThen(32),
                .unused(.i32, .i32, .i32, .i32)),
            GearFunction(
                "gr_reservation_send_commit", GearCall.refuse, \.unsupported, .errorThen(32), .unused(.i32, .i32, .i32)),
            GearFunction(
                "gr_reservation_reply", GearCall.refuse, \.unsupported, .errorThen(32), .unused(.i32, .i32, .i32)),
            GearFunction(
                "gr_reservation_reply_commit", GearCall.refuse, \.unsupported, .errorThen(32), .unused(.i32)),
        ]
    }
}

extension GearCall {
    func refuse(_ arguments: Void) throws(CallFailure) -> [UInt8] { throw .code(.unsupported) }
}

extension Parameter where Value == Void {
    /// Arguments that nobody looks at, nor at what they point at.
    static func unused(_ types: WasmNumberType...) -> Self {
        Self(types: types) { _ in () }
    }
}
