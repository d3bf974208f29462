import ProgramRuntime
import WorkerProtocol

/// A call of every function that works on the sample data, and where it writes.
enum SampleCalls {
    /// A hash and a value behind it: a destination with a value, and its parts.
    static let hash: UInt32 = 0x100
    static let value: UInt32 = 0x120
    static let payload: UInt32 = 0x200
    static let payloadSize: UInt32 = 8
    /// Where functions write, with what they do not write beside it.
    static let output: UInt32 = 0x400
    static let second: UInt32 = 0x800
    static let gas: HostValue = .i64(5000)

    static let data: [UInt32: [UInt8]] = [
        hash: [UInt8](repeating: 9, count: 32) + UInt128(77).bytes,
        payload: Array("payload!".utf8),
        output - 1: [UInt8](repeating: 0xEE, count: 100),
        second - 1: [UInt8](repeating: 0xEE, count: 100),
    ]

    private static let (h, v, p, n, o) = (
        HostValue.i32(hash), HostValue.i32(value), HostValue.i32(payload), HostValue.i32(payloadSize),
        HostValue.i32(output)
    )

    /// The functions of gear's `gsys`.
    static let current: [Call] = [
        Call("alloc", 1, result: .i32),
        Call("free", 1, result: .i32),
        Call("free_range", 1, 1, result: .i32),
        Call("gr_env_vars", 1, o, pointers: [1: 52]),
        Call("gr_block_height", o, pointers: [0: 4]),
        Call("gr_block_timestamp", o, pointers: [0: 8]),
        Call("gr_create_program_wgas", h, p, n, p, n, gas, 0, o, pointers: [7: 68]),
        Call("gr_create_program", h, p, n, p, n, 0, o, pointers: [6: 68]),
        Call("gr_reply_deposit", h, gas, o, pointers: [2: 4]),
        Call("gr_debug", p, n, pointers: [0: 8]),
        Call("gr_panic", p, n, pointers: [0: 8]),
        Call("gr_oom_panic"),
        Call("gr_reply_code", o, pointers: [0: 8]),
        Call("gr_signal_code", o, pointers: [0: 8]),
        Call("gr_exit", h, pointers: [0: 32]),
        Call("gr_gas_available", o, pointers: [0: 8]),
        Call("gr_leave"),
        Call("gr_message_id", o, pointers: [0: 32]),
        Call("gr_program_id", o, pointers: [0: 32]),
        Call("gr_random", h, o, pointers: [0: 32, 1: 36]),
        Call("gr_read", 0, n, o, .i32(second), pointers: [2: 8, 3: 4]),
        Call("gr_reply_commit_wgas", gas, v, o, pointers: [1: 16, 2: 36]),
        Call("gr_reply_commit", v, o, pointers: [0: 16, 1: 36]),
        Call("gr_reply_push", p, n, o, pointers: [0: 8, 2: 4]),
        Call("gr_reply_push_input", 0, n, o, pointers: [2: 4]),
        Call("gr_reply_to", o, pointers: [0: 36]),
        Call("gr_signal_from", o, pointers: [0: 36]),
        Call("gr_reply_input_wgas", 0, n, gas, v, o, pointers: [3: 16, 4: 36]),
        Call("gr_reply_wgas", p, n, gas, v, o, pointers: [0: 8, 3: 16, 4: 36]),
        Call("gr_reply", p, n, v, o, pointers: [0: 8, 2: 16, 3: 36]),
        Call("gr_reply_input", 0, n, v, o, pointers: [2: 16, 3: 36]),
        Call("gr_reservation_reply_commit", h, o, pointers: [1: 36]),
        Call("gr_reservation_reply", h, p, n, o, pointers: [3: 36]),
        Call("gr_reservation_send_commit", 0, h, 0, o, pointers: [3: 36]),
        Call("gr_reservation_send", h, p, n, 0, o, pointers: [4: 36]),
        Call("gr_reserve_gas", gas, 1, o, pointers: [2: 36]),
        Call("gr_send_commit_wgas", 0, h, gas, 0, o, pointers: [1: 48, 4: 36]),
        Call("gr_send_commit", 0, h, 0, o, pointers: [1: 48, 3: 36]),
        Call("gr_send_init", o, pointers: [0: 8]),
        Call("gr_send_push", 0, p, n, o, pointers: [1: 8, 3: 4]),
        Call("gr_send_push_input", 0, 0, n, o, pointers: [3: 4]),
        Call("gr_send_input_wgas", h, 0, n, gas, 0, o, pointers: [0: 48, 5: 36]),
        Call("gr_send_wgas", h, p, n, gas, 0, o, pointers: [0: 48, 1: 8, 5: 36]),
        Call("gr_send", h, p, n, 0, o, pointers: [0: 48, 1: 8, 4: 36]),
        Call("gr_send_input", h, 0, n, 0, o, pointers: [0: 48, 4: 36]),
        Call("gr_size", o, pointers: [0: 4]),
        Call("gr_source", o, pointers: [0: 32]),
        Call("gr_system_reserve_gas", gas, o, pointers: [1: 4]),
        Call("gr_unreserve_gas", h, o, pointers: [1: 12]),
        Call("gr_value_available", o, pointers: [0: 16]),
        Call("gr_value", o, pointers: [0: 16]),
        Call("gr_wait_for", 1),
        Call("gr_wait_up_to", 1),
        Call("gr_wait"),
        Call("gr_wake", h, 0, o, pointers: [2: 4]),
    ]

    /// What is told from the current functions by its signature.
    static let june2023: [Call] = [
        Call("free", 1),
        Call("gr_error", o, .i32(second), pointers: [0: 1, 1: 4]),
        Call("gr_origin", o, pointers: [0: 32]),
        Call("gr_status_code", o, pointers: [0: 8]),
        Call("gr_random", p, n, o, pointers: [0: 8, 2: 36]),
        Call("gr_reply", p, n, v, 0, o, pointers: [0: 8, 2: 16, 4: 36]),
        Call("gr_reply_wgas", p, n, gas, v, 0, o, pointers: [0: 8, 3: 16, 5: 36]),
        Call("gr_reply_commit", v, 0, o, pointers: [0: 16, 2: 36]),
        Call("gr_reply_commit_wgas", gas, v, 0, o, pointers: [1: 16, 3: 36]),
        Call("gr_reply_input", 0, n, v, 0, o, pointers: [2: 16, 4: 36]),
        Call("gr_reply_input_wgas", 0, n, gas, v, 0, o, pointers: [3: 16, 5: 36]),
        Call("gr_reservation_reply", h, p, n, 0, o, pointers: [4: 36]),
        Call("gr_reservation_reply_commit", h, 0, o, pointers: [2: 36]),
        Call("gr_pay_program_rent", h, o, pointers: [1: 24]),
    ]

    /// In every layout until October 2022.
    private static let numbersAsResults: [Call] = [
        Call("gr_size", result: .i32),
        Call("gr_read", 0, n, o, pointers: [2: 8]),
        Call("gr_block_height", result: .i32),
        Call("gr_block_timestamp", result: .i64),
        Call("gr_gas_available", result: .i64),
        Call("gr_exit_code", result: .i32),
        Call("gr_msg_id", o, pointers: [0: 32]),
        Call("gr_origin", o, pointers: [0: 32]),
        Call("gr_reply_to", o, pointers: [0: 32]),
        Call("gr_wake", h),
        Call("gr_wait_for", h),
        Call("gr_exit", h, pointers: [0: 32]),
        Call("gr_source", o, pointers: [0: 32]),
    ]

    private static func messages(_ result: WasmNumberType?) -> [Call] {
        [
            Call("gr_reply", p, n, v, o, pointers: [0: 8, 2: 16, 3: 32], result: result),
            Call("gr_reply_push", p, n, pointers: [0: 8], result: result),
            Call("gr_send", h, p, n, v, o, pointers: [0: 32, 1: 8, 3: 16, 4: 32], result: result),
            Call("gr_send_wgas", h, p, n, gas, v, o, pointers: [0: 32, 1: 8, 4: 16, 5: 32], result: result),
            Call("gr_send_commit", 0, o, h, v, pointers: [1: 32, 2: 32, 3: 16], result: result),
            Call("gr_send_commit_wgas", 0, o, h, gas, v, pointers: [1: 32, 2: 32, 4: 16], result: result),
            Call("gr_send_push", 0, p, n, pointers: [1: 8], result: result),
        ]
    }

    static let september2022: [Call] =
        numbersAsResults + messages(.i32) + [
            Call("gr_error", o, pointers: [0: 1]),
            Call("gr_send_init", o, pointers: [0: 4], result: .i32),
            Call("gr_reply_commit", v, o, pointers: [0: 16, 1: 32], result: .i32),
            Call("gr_reply_wgas", p, n, gas, v, o, pointers: [0: 8, 3: 16, 4: 32], result: .i32),
            Call("gr_reply_commit_wgas", gas, v, o, pointers: [1: 16, 2: 32], result: .i32),
            Call("gr_create_program", h, p, n, p, n, v, o, result: .i32),
            Call("gr_create_program_wgas", h, p, n, p, n, gas, v, o, result: .i32),
        ]

    static let june2022: [Call] =
        numbersAsResults + messages(.i32) + [
            Call("gr_send_init", o, pointers: [0: 4], result: .i32),
            Call("gr_reply_commit", o, v, pointers: [0: 32, 1: 16], result: .i32),
            Call("gr_create_program_wgas", h, p, n, p, n, gas, v, o),
        ]

    static let april2022: [Call] =
        numbersAsResults + messages(nil) + [
            Call("gr_send_init", result: .i32),
            Call("gr_reply_commit", o, v, pointers: [0: 32, 1: 16]),
            Call("gr_create_program_wgas", h, p, n, p, n, gas, v, o),
        ]

    /// Each layout by the last month of its time.
    static let layouts: [(name: String, calls: [Call])] = [
        ("current", current), ("2023-06", june2023), ("2022-09", september2022), ("2022-06", june2022),
        ("2022-04", april2022),
    ]
}
