import Foundation
import Synchronization
import Testing
import WorkerProtocol

@Suite("Frames over a socket")
struct FrameChannelTests {
    /// Both ends of a connection, each to be taken over by a channel.
    private func socketPair() throws -> (near: Int32, far: Int32) {
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0)
        return (ends[0], ends[1])
    }

    private func channel(_ descriptor: Int32, limits: FrameLimits = .standard) -> FrameChannel {
        FrameChannel(Descriptor(owning: descriptor), limits: limits)
    }

    /// Only for what must not happen: a test that would hang fails instead.
    private func later() -> FrameChannel.Deadline { .now + .seconds(20) }

    private func soon() -> FrameChannel.Deadline { .now + .milliseconds(50) }

    @Test("frames arrive in order")
    func inOrder() throws {
        let ends = try socketPair()
        var near = channel(ends.near)
        var far = channel(ends.far)
        let frames = (0..<50).map { Frame(kind: .job, json: Data("\($0)".utf8), attachment: Data(count: $0 * 10)) }
        for frame in frames { try near.send(frame) }
        for frame in frames { #expect(try far.receive(deadline: later()) == frame) }
    }

    @Test("a frame far larger than the socket's buffer is sent and received in parts")
    func largeFrame() throws {
        let ends = try socketPair()
        let frame = Frame(kind: .module, json: Data("{}".utf8), attachment: Data(repeating: 3, count: 20 << 20))
        let writer = Thread {
            var near = FrameChannel(Descriptor(owning: ends.near))
            try? near.send(frame)
        }
        writer.start()
        var far = channel(ends.far)
        #expect(try far.receive(deadline: later()) == frame)
        #expect(try far.receive(deadline: later()) == nil)
    }

    @Test("sending gives up at its deadline while nobody reads")
    func sendDeadline() throws {
        let ends = try socketPair()
        var near = channel(ends.near)
        let frame = Frame(kind: .module, attachment: Data(count: 20 << 20))
        #expect(throws: ChannelError.timedOut) { try near.send(frame, deadline: soon()) }
        close(ends.far)
    }

    @Test("receiving gives up at its deadline, and keeps what has arrived")
    func receiveDeadline() throws {
        let ends = try socketPair()
        let bytes = try Frame(kind: .job, json: Data("{}".utf8)).encoded()
        var far = channel(ends.far)
        let near = Descriptor(owning: ends.near)
        #expect(throws: ChannelError.timedOut) { try far.receive(deadline: soon()) }
        #expect(send(near.number, bytes, 5, 0) == 5)
        #expect(throws: ChannelError.timedOut) { try far.receive(deadline: soon()) }
        #expect(send(near.number, Array(bytes[5...]), bytes.count - 5, 0) == bytes.count - 5)
        #expect(try far.receive(deadline: soon())?.json == Data("{}".utf8))
    }

    @Test("a peer that closes after its last frame ends the stream; inside a frame, that is an error")
    func endOfStream() throws {
        let bytes = try Frame(kind: .ready).encoded()
        for (sent, isWhole) in [(0, true), (bytes.count, true), (3, false), (bytes.count - 1, false)] {
            let ends = try socketPair()
            var far = channel(ends.far)
            #expect(send(ends.near, bytes, sent, 0) == sent)
            close(ends.near)
            if sent == bytes.count { #expect(try far.receive(deadline: later()) != nil) }
            if isWhole {
                #expect(try far.receive(deadline: later()) == nil)
            } else {
                #expect(throws: ChannelError.closed) { try far.receive(deadline: later()) }
            }
        }
    }

    @Test("sending to a peer that has gone is an error, not a signal")
    func sendToClosed() throws {
        let ends = try socketPair()
        close(ends.far)
        var near = channel(ends.near)
        #expect(throws: ChannelError.closed) { try near.send(Frame(kind: .ready)) }
    }

    @Test("after the last frame was announced, the peer can still answer")
    func halfClosed() throws {
        let ends = try socketPair()
        var near = channel(ends.near)
        var far = channel(ends.far)
        near.finishSending()
        #expect(try far.receive(deadline: later()) == nil)
        try far.send(Frame(kind: .ready))
        #expect(try near.receive(deadline: later()) == Frame(kind: .ready))
    }

    @Test("garbage and frames over the limits are told apart from a lost connection")
    func garbage() throws {
        let ends = try socketPair()
        var far = channel(ends.far, limits: FrameLimits(json: 10, attachment: 10))
        #expect(send(ends.near, Array("no frame at all".utf8), 15, 0) == 15)
        #expect(throws: ChannelError.frame(.unknownKind(0x6620_6F6E))) { try far.receive(deadline: later()) }
        #expect(throws: ChannelError.frame(.jsonTooLong(11, limit: 10))) {
            try far.send(Frame(kind: .job, json: Data(count: 11)))
        }
        close(ends.near)
    }

    @Test("a connection is readable when something was sent, and when the peer has gone")
    func readable() throws {
        let ends = try socketPair()
        let far = channel(ends.far)
        var states = [far.isReadable()]
        #expect(send(ends.near, [1], 1, 0) == 1)
        states.append(far.isReadable())
        let others = try socketPair()
        let lonely = channel(others.far)
        states.append(lonely.isReadable())
        close(others.near)
        states.append(lonely.isReadable())
        close(ends.near)
        #expect(states == [false, true, false, true])
    }

    @Test("signals that arrive while waiting do not disturb")
    func interruption() throws {
        let ends = try socketPair()
        // A handler without SA_RESTART: poll returns EINTR.
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in }
        var before = sigaction()
        try #require(sigaction(SIGUSR2, &action, &before) == 0)
        defer { sigaction(SIGUSR2, &before, nil) }
        let waiting = pthread_self()
        let writer = Thread {
            var near = FrameChannel(Descriptor(owning: ends.near))
            for _ in 0..<20 {
                usleep(2000)
                pthread_kill(waiting, SIGUSR2)
            }
            try? near.send(Frame(kind: .ready))
        }
        writer.start()
        var far = channel(ends.far)
        #expect(try far.receive(deadline: later()) == Frame(kind: .ready))
    }

    @Test("the descriptor is closed with its channel, and the peer's process is known")
    func ownership() throws {
        let ends = try socketPair()
        do {
            let near = channel(ends.near)
            let peer = near.peerProcess()
            #expect(peer == getpid())
        }
        var far = channel(ends.far)
        #expect(try far.receive(deadline: later()) == nil)
    }
}
