import Testing

extension ServiceSuites {
    @Suite("The example order book")
    struct OrderBookTests {
        @Test("matches random orders as a plain list of them does", arguments: StorageKind.allCases)
        func model(kind: StorageKind) async throws {
            try await withExamples(on: kind) { service, examples in
                let program = try await examples.upload("orderbook", to: service)
                var session = Session(seed: 1)
                for number in 0..<60 {
                    let commands = (0..<10).map { _ in session.command() }
                    let payload = commands.flatMap(\.bytes)
                    _ = try await program.reply(to: payload, commit: false)
                    var reader = NumberReader(try #require(try await program.reply(to: payload)))
                    for command in commands { try session.check(command, &reader) }
                    #expect(reader.rest.isEmpty)
                    if number == 30 {
                        try await service.stop()
                        try await service.start()
                    }
                }
                #expect(session.tradeCount > 50 && session.model.orders.count > 50)
            }
        }

        @Test("a job on a book of hundreds of pages loads a few of them", arguments: StorageKind.allCases)
        func large(kind: StorageKind) async throws {
            try await withExamples(on: kind) { service, examples in
                let program = try await examples.upload("orderbook", to: service)
                try await Self.fill(program)
                // The 6 MiB of prices, which are used all over, and what is small beside it.
                let stored = try await service.client.program("orderbook").storedPages
                #expect((384...420).contains(stored))

                try await service.stop()
                try await service.start()
                let command = OrderBookCommand.place(.buy, price: 77_777, quantity: 5).bytes
                let dry = try await program.run(command, commit: false)
                let again = try await program.run(command, commit: false)
                let real = try await program.run(command)
                #expect(real.outcome == "success" && real.committed)
                #expect((1...10).contains(real.loadedPages) && real.loadedPages == real.gas?.pages["load_page_data"])
                #expect(real.accessedPages.count <= 10 && real.writtenPages.count <= 10)
                #expect(dry.gas == real.gas && again.gas == real.gas && dry.accessedPages == real.accessedPages)
            }
        }

        @Test("a batch with a command that it does not understand changes nothing")
        func refusals() async throws {
            try await withExamples(on: .sqlite) { service, examples in
                let program = try await examples.upload("orderbook", to: service)
                let sound = OrderBookCommand.place(.buy, price: 10, quantity: 5).bytes
                try await program.expectPanic([], "the payload is empty")
                try await program.expectPanic(sound + [7], "unknown command")
                try await program.expectPanic(sound + [1, 0, 1], "the payload is too short")
                try await program.expectPanic(sound + [1, 2] + sound.dropFirst(2), "a side must be 0")
                for price: UInt32 in [0, 262_144] {
                    let command = OrderBookCommand.place(.sell, price: price, quantity: 1)
                    try await program.expectPanic(sound + command.bytes, "a price must be 1 to 262143")
                }
                let nothing = OrderBookCommand.place(.sell, price: 1, quantity: 0)
                try await program.expectPanic(sound + nothing.bytes, "a quantity must be at least 1")
                let level = try await program.reply(to: OrderBookCommand.level(10).bytes)
                #expect(level == [UInt8](repeating: 0, count: 12))
            }
        }

        /// Some thousand orders at prices all over, of which none match.
        private static func fill(_ program: ExampleProgram) async throws {
            var generator = SeededGenerator(seed: 2)
            for _ in 0..<20 {
                let orders: [OrderBookCommand] = (0..<300).map { _ in
                    let price = UInt32.random(in: 1..<262_144, using: &generator)
                    return .place(price < 131_072 ? .buy : .sell, price: price, quantity: 1)
                }
                _ = try #require(try await program.reply(to: orders.flatMap(\.bytes)))
            }
        }
    }
}

/// What the program takes.
private enum OrderBookCommand {
    case place(OrderBookModel.Side, price: UInt32, quantity: UInt32)
    case cancel(UInt64)
    case best
    case level(UInt32)

    var bytes: [UInt8] {
        switch self {
        case .place(let side, let price, let quantity):
            [1, side.rawValue] + price.littleEndianBytes + quantity.littleEndianBytes
        case .cancel(let id): [2] + id.littleEndianBytes
        case .best: [3]
        case .level(let price): [4] + price.littleEndianBytes
        }
    }
}

/// Random commands, and what the program must answer.
private struct Session {
    private(set) var model = OrderBookModel()
    private(set) var tradeCount = 0
    private var ids: [UInt64] = []
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    /// Most orders are around the middle, so that many match.
    mutating func command() -> OrderBookCommand {
        let spread: UInt32 = Bool.random(using: &generator) ? 100 : 100_000
        let price = UInt32.random(in: 131_072 - spread...131_072 + spread, using: &generator)
        switch Int.random(in: 0..<10, using: &generator) {
        case 0: return .best
        case 1: return .level(price)
        case 2: return ids.randomElement(using: &generator).map { .cancel($0) } ?? .best
        default:
            let side: OrderBookModel.Side = Bool.random(using: &generator) ? .buy : .sell
            return .place(side, price: price, quantity: .random(in: 1...100, using: &generator))
        }
    }

    /// Reads the answer to a command and compares it with the model's.
    mutating func check(_ command: OrderBookCommand, _ reader: inout NumberReader) throws {
        switch command {
        case .place(let side, let price, let quantity):
            try checkPlaced(side, price, quantity, &reader)
        case .cancel(let id):
            #expect(try reader.next(UInt32.self) == model.cancel(id))
        case .best:
            for side in [OrderBookModel.Side.buy, .sell] {
                let best = model.best(side)
                #expect(try reader.next(UInt32.self) == best?.price ?? 0)
                #expect(try reader.next(UInt64.self) == best?.quantity ?? 0)
            }
        case .level(let price):
            let level = model.level(price)
            #expect(try reader.next(UInt64.self) == level.quantity)
            #expect(try reader.next(UInt32.self) == level.count)
        }
    }

    private mutating func checkPlaced(
        _ side: OrderBookModel.Side, _ price: UInt32, _ quantity: UInt32, _ reader: inout NumberReader
    ) throws {
        var trades: [OrderBookModel.Trade] = []
        while try reader.next(UInt8.self) == 1 {
            let id: UInt64 = try reader.next()
            let (price, quantity): (UInt32, UInt32) = (try reader.next(), try reader.next())
            trades.append(OrderBookModel.Trade(id: id, price: price, quantity: quantity))
        }
        let id: UInt64 = try reader.next()
        let left: UInt32 = try reader.next()
        let expected = model.match(side, price: price, quantity: quantity)
        #expect(trades == expected.trades && left == expected.left && (id == 0) == (left == 0))
        tradeCount += trades.count
        guard left > 0 else { return }
        #expect(!ids.contains(id))
        ids.append(id)
        model.add(OrderBookModel.Order(id: id, side: side, price: price, quantity: left))
    }
}
