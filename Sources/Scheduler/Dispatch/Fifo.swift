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

    /// The element that `popFirst` would take.
    var next: Element? { first < elements.count ? elements[first] : nil }

    /// The place of the first element, of so many, that is so.
    func firstPlace(within limit: Int, where isWanted: (Element) -> Bool) -> Int? {
        for place in 0..<Swift.min(limit, count) {
            if let element = elements[first + place], isWanted(element) { return place }
        }
        return nil
    }

    /// Takes an element out from near the beginning.
    mutating func remove(at place: Int) -> Element? {
        guard place < count else { return nil }
        for index in stride(from: first + place, to: first, by: -1) { elements.swapAt(index, index - 1) }
        return popFirst()
    }

    /// All elements, in order.
    var all: [Element] { elements[first...].compactMap(\.self) }
}
