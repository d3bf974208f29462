import Foundation

/// Where a list goes on, as clients carry it: the list's name and the last item's position, in base64url (RFC 4648,
/// section 5) without padding, so that nobody is tempted to make one up.
enum Cursor: String {
    case programs, pages, jobs

    func text(after position: String) -> String {
        Data("\(rawValue) \(position)".utf8).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// The position that a cursor of this list names; nil for anything else.
    func position(_ text: String) -> String? {
        let base64 = text.replacing("-", with: "+").replacing("_", with: "/")
        let padded = base64 + String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: padded), let plain = String(validating: data, as: UTF8.self),
            plain.hasPrefix("\(rawValue) ")
        else { return nil }
        return String(plain.dropFirst(rawValue.count + 1))
    }
}

/// One answer's worth of a list.
struct ListPage<Item> {
    var items: [Item]
    /// Null at the end of the list.
    var nextCursor: String?

    /// - Parameter found: up to one item more than `limit`, which shows that the list goes on.
    init(_ found: [Item], limit: Int, cursor: Cursor, position: (Item) -> String) {
        items = Array(found.prefix(limit))
        nextCursor = found.count > limit ? items.last.map { cursor.text(after: position($0)) } : nil
    }
}
