import CWasmtime

/// An error of Wasmtime's C API, with its message.
struct WasmtimeFailure: Error {
    let message: String

    /// Takes the error over; nil for none.
    init?(_ error: OpaquePointer?) {
        guard let error else { return nil }
        var bytes = wasm_name_t()
        wasmtime_error_message(error, &bytes)
        message = String(wasmName: bytes)
        wasm_byte_vec_delete(&bytes)
        wasmtime_error_delete(error)
    }

    /// Throws if the call returned an error.
    static func check(_ error: OpaquePointer?) throws(WasmtimeFailure) {
        if let failure = WasmtimeFailure(error) { throw failure }
    }

    /// The message's first line: the rest is a chain of causes or a picture of the source.
    var summary: String { message.split(separator: "\n").first.map(String.init) ?? message }
}

extension String {
    /// Copies the bytes, mending what is not UTF-8.
    init(wasmName name: wasm_name_t) {
        self = UnsafeRawBufferPointer(start: name.data, count: name.size).withMemoryRebound(to: UInt8.self) {
            String(decoding: $0, as: UTF8.self)
        }
    }

    /// For a message: a module's names may be as long as the module.
    var clipped: String { utf8.count > 200 ? "\(prefix(100))…" : self }
}
