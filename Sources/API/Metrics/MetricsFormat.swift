/// The forms in which metrics are told, of which a scraper says by `Accept` which it likes best.
enum MetricsFormat: CaseIterable {
    /// Prometheus' own text format, version 0.0.4.
    case prometheus
    /// OpenMetrics, version 1.0.0.
    case openMetrics

    var contentType: String {
        switch self {
        case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// OpenMetrics only where it is asked for by name, and liked no less than the other (RFC 9110, section 12.5.1).
    /// - Parameter accept: the values of the field, each a list of media ranges.
    init(accept: [String]) {
        var quality = (openMetrics: 0.0, text: 0.0)
        for range in accept.flatMap({ $0.split(separator: ",") }) {
            let parts = range.split(separator: ";").map { $0.lowercased().filter { !$0.isWhitespace } }
            let wish = parts.lazy.filter { $0.hasPrefix("q=") }.first.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            let version = parts.first { $0.hasPrefix("version=") } ?? "version=1.0.0"
            switch parts.first {
            case "application/openmetrics-text" where version == "version=1.0.0":
                quality.openMetrics = max(quality.openMetrics, wish)
            case "text/plain", "text/*", "*/*": quality.text = max(quality.text, wish)
            default: break
            }
        }
        self = quality.openMetrics > 0 && quality.openMetrics >= quality.text ? .openMetrics : .prometheus
    }
}
