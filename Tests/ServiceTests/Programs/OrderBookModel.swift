/// What the example order book must do: orders in a list, oldest first, searched from end to end.
struct OrderBookModel {
    enum Side: UInt8 {
        case buy, sell
    }

    struct Order {
        var id: UInt64
        var side: Side
        var price: UInt32
        var quantity: UInt32
    }

    struct Trade: Equatable {
        var id: UInt64
        var price: UInt32
        var quantity: UInt32
    }

    private(set) var orders: [Order] = []

    /// Matches an order with those in the book.
    /// - Returns: the trades, and what is left of the order.
    mutating func match(_ side: Side, price: UInt32, quantity: UInt32) -> (trades: [Trade], left: UInt32) {
        var (trades, left): ([Trade], UInt32) = ([], quantity)
        while left > 0, let best = best(side == .buy ? .sell : .buy)?.price,
            side == .buy ? best <= price : best >= price,
            let oldest = orders.firstIndex(where: { $0.side != side && $0.price == best })
        {
            let traded = min(left, orders[oldest].quantity)
            trades.append(Trade(id: orders[oldest].id, price: best, quantity: traded))
            left -= traded
            orders[oldest].quantity -= traded
            if orders[oldest].quantity == 0 { orders.remove(at: oldest) }
        }
        return (trades, left)
    }

    mutating func add(_ order: Order) { orders.append(order) }

    /// What was left of it; 0 if it is not in the book.
    mutating func cancel(_ id: UInt64) -> UInt32 {
        guard let index = orders.firstIndex(where: { $0.id == id }) else { return 0 }
        return orders.remove(at: index).quantity
    }

    /// The best price of a side, and the quantity there.
    func best(_ side: Side) -> (price: UInt32, quantity: UInt64)? {
        let prices = orders.filter { $0.side == side }.map(\.price)
        guard let price = side == .buy ? prices.max() : prices.min() else { return nil }
        return (price, level(price).quantity)
    }

    func level(_ price: UInt32) -> (quantity: UInt64, count: UInt32) {
        let orders = orders.filter { $0.price == price }
        return (orders.reduce(0) { $0 + UInt64($1.quantity) }, UInt32(orders.count))
    }
}
