import Foundation

/// The time in milliseconds since 1970.
func currentMilliseconds() -> Int64 { Int64(Date.now.timeIntervalSince1970 * 1000) }
