import CFaultSignal
import CLinuxCalls
import Foundation
import LazyPages
import Testing

@Suite struct ProcessSetUpTests {
    @Test func theHandlerIsInstalledOncePerProcess() async {
        await #expect(processExitsWith: .success) {
            _ = try LazyPages(source: DictionarySource())
            signal(SIGSEGV) { _ in exit(1) }
            _ = try LazyPages(source: DictionarySource())
            var now = sigaction()
            sigaction(SIGSEGV, nil, &now)
            #expect(now.sa_flags & SA_SIGINFO == 0, "the handler that came after the engine's is still there")
        }
    }

    @Test func aHandlerThatTheSystemDoesNotInstallIsAnErrorThatStays() async {
        await #expect(processExitsWith: .success) {
            try #require(forbid_sigaction() == 0)
            for _ in 1...2 {
                #expect(throws: InitError.handlerNotInstalled(errno: EPERM)) {
                    try LazyPages(source: DictionarySource())
                }
            }
        }
    }

    @Test func aThreadWithoutMemoryForItsSignalStackIsAnErrorUntilThereIsSome() async {
        await #expect(processExitsWith: .success) {
            var before = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &before)
            var none = rlimit(rlim_cur: 0, rlim_max: before.rlim_max)
            let source = DictionarySource()
            setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &none)
            let error = #expect(throws: InitError.self) { try LazyPages(source: source) }
            setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &before)
            #expect(error == .threadSetUpFailed(errno: ENOMEM))
            _ = try LazyPages(source: source)
        }
    }
}
