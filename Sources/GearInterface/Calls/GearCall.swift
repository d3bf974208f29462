import Metering
import ProgramRuntime

/// A call of a function whose memory is announced and whose own cost is paid. Its extensions, a group of functions each,
/// do the work.
struct GearCall {
    let host: HostCall
    let execution: GearExecution
    let weights: HostWeights

    func charge(_ cost: UInt64) throws(CallFailure) {
        do throws(HostFailure) { try host.charge(cost) } catch { throw .host(error) }
    }

    /// - Parameter output: announced, and as long as the bytes.
    /// - Returns: no bytes, as functions do that have brought their answer to the program.
    @discardableResult
    func write(_ bytes: [UInt8], to output: Output) throws(CallFailure) -> [UInt8] {
        guard !bytes.isEmpty else { return [] }
        do throws(HostFailure) {
            try host.write(bytes, at: output.interval.offset)
        } catch {
            throw .host(error)
        }
        return []
    }

    /// The text's first bytes, as characters where they are some.
    func string(_ text: Text, limit: Int) throws(CallFailure) -> String {
        var interval = text.interval
        interval.size = min(interval.size, UInt32(clamping: limit))
        do throws(HostFailure) {
            return String(decoding: try host.bytes(interval), as: UTF8.self)
        } catch {
            throw .host(error)
        }
    }
}
