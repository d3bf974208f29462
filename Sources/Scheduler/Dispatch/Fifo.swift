/// First in, first out; both ends in constant time, amortised.
struct Fifo<Element> {
    private var elements: [Element?] = []
    private var first = 0

    var count: Int { elements.count - first }
    var isEmpty: Bool { first == elements.count }

    mutating func append(_ element: Element) { elements.append(element) }

    /// Puts an element back to where it was taken from.
    mutating func prepend(_ element: Element) {
        if first == 0 {
            elements.insert(element, at: 0)
        } else {
            first -= 1
            elements[first] = element
        }
    }

    mutating func popFirst() -> Element? {
        guard first < elements.count else { return nil }
        let element = elements[first].take()
        first += 1
        if first > 32, first * 2 > elements.count {
            elements.removeFirst(first)
            first = 0
        }
        return element
    }

    /// All elements, in order.
    var all: [Element] { elements[first...].compactMap(\.self) }

    /// The element that `popFirst` would take.
    var peek: Element? { first < elements.count ? elements[first] : nil }
}
