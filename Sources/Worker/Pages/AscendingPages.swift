import Pages

extension Array<PageNumber> {
    /// How many pages of this ascending list are before `page`: its index, if it is there. Allocates nothing.
    func rank(of page: PageNumber) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < page { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Whether the page is in this ascending list. Allocates nothing.
    func containsSorted(_ page: PageNumber) -> Bool {
        let rank = rank(of: page)
        return rank < count && self[rank] == page
    }

    /// The pages of two ascending lists, each once, ascending.
    func merged(with others: [PageNumber]) -> [PageNumber] {
        var merged: [PageNumber] = []
        merged.reserveCapacity(count + others.count)
        var rest = self[...]
        for page in others {
            let before = rest.prefix { $0 < page }
            merged += before
            merged.append(page)
            rest = rest.dropFirst(before.count)
            if rest.first == page { rest.removeFirst() }
        }
        return merged + rest
    }
}
