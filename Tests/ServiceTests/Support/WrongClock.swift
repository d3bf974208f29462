import Testing

/// A library that, loaded into a process before all others, has its clock go wrong by a constant. Clocks that only count
/// from the start of the machine stay as they are.
struct WrongClock {
    private let library: String
    private let folder: TestFolder

    init() async throws {
        folder = try TestFolder()
        library = folder("wrong-clock.so")
        let source = try folder.write("wrong-clock.c", Self.source)
        let command = ["clang", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", source, "-o", library]
        let compilation = try ChildProcess(command, folder: folder.path)
        try #require(try await compilation.waitForEnd() == .exited(0), "\(compilation.errors)")
    }

    /// The environment of a process whose clock is ahead by so many seconds.
    func environment(ahead seconds: Int) -> [String: String] {
        ["LD_PRELOAD": library, "CLOCK_AHEAD_SECONDS": String(seconds)]
    }

    /// Waits until a point in time are told the true one: the C library computes with the clock that it finds itself.
    private static let source = """
        #define _GNU_SOURCE
        #include <pthread.h>
        #include <semaphore.h>
        #include <stdlib.h>
        #include <sys/syscall.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>

        static long ahead;

        __attribute__((constructor)) static void begin(void) {
            const char *text = getenv("CLOCK_AHEAD_SECONDS");
            if (text) ahead = atol(text);
        }

        int clock_gettime(clockid_t clock, struct timespec *time) {
            int status = (int)syscall(SYS_clock_gettime, clock, time);
            if (status == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += ahead;
            return status;
        }

        int gettimeofday(struct timeval *restrict time, void *restrict zone) {
            struct timespec now;
            (void)zone;
            clock_gettime(CLOCK_REALTIME, &now);
            *time = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
            return 0;
        }

        time_t time(time_t *result) {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            if (result) *result = now.tv_sec;
            return now.tv_sec;
        }

        // No machine has been up for thirty years: less is a time of the other clock.
        static clockid_t correct(struct timespec *time) {
            if (time->tv_sec < 1000000000) return CLOCK_MONOTONIC;
            time->tv_sec -= ahead;
            return CLOCK_REALTIME;
        }

        int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict until) {
            struct timespec end = *until;
            clockid_t clock = correct(&end);
            return sem_clockwait(semaphore, clock, &end);
        }

        int pthread_cond_timedwait(
            pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, const struct timespec *restrict until
        ) {
            struct timespec end = *until;
            clockid_t clock = correct(&end);
            return pthread_cond_clockwait(condition, mutex, clock, &end);
        }
        """
}
