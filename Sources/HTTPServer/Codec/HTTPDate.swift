import Foundation

/// The time in the form of the `Date` header (RFC 9110, section 5.6.7), formatted anew only when the second changes.
struct HTTPDate {
    private var second: time_t = -1
    private(set) var text = ""

    /// - Parameter now: seconds since 1970.
    mutating func update(_ now: time_t) {
        guard now != second else { return }
        second = now
        text = Self.format(now)
    }

    static func format(_ time: time_t) -> String {
        var time = time
        var parts = tm()
        gmtime_r(&time, &parts)
        let day = days[Int(parts.tm_wday)]
        let month = months[Int(parts.tm_mon)]
        let date = "\(padded(parts.tm_mday)) \(month) \(1_900 + parts.tm_year)"
        return "\(day), \(date) \(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec)) GMT"
    }

    private static func padded(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
