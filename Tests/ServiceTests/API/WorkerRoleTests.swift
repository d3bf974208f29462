import Foundation
import TestSupport
import Testing

extension ServiceSuites {
    @Suite("Workers with a role of their own")
    struct WorkerRoleTests {
        /// The statements of the README.
        private func grants() throws -> String {
            let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../README.md")
            let text = try String(contentsOf: path, encoding: .utf8)
            let block = try #require(text.firstMatch(of: /<!-- worker-role -->\n```sql\n((?:.*\n)+?)```\n/))
            return String(block.1)
        }

        /// A cluster of its own, since roles are of the whole cluster, with tables and the role.
        private func prepare() async throws -> (storage: TestStorage, worker: String) {
            let storage = try TestStorage(.postgresql, on: try PrivatePostgres())
            try await withService(on: storage) { _ in }
            try storage.sql(try grants())
            return (storage, storage.location.replacing("user=lazypages", with: "user=lazypages_worker"))
        }

        @Test("jobs run with the grants of the README: committed, failed, large, with callbacks")
        func runs() async throws {
            let (storage, worker) = try await prepare()
            #expect(worker.hasSuffix("user=lazypages_worker"))
            let receiver = try CallbackReceiver()
            try await withService(
                on: storage, options: ["--callback-hosts", "127.0.0.1", "--private-callbacks"],
                environment: [
                    "LAZYPAGES_WORKER_STORAGE": worker, "LAZYPAGES_CALLBACK_SECRET": CallbackReceiver.secret,
                    "PGPASSWORD": "the server's own",
                ]
            ) { service in
                let client = try service.client
                let large = CounterProgram.text(memory: (size: 400, maximum: 500))
                try await client.upload("bank", large)
                #expect(try await client.run("bank", "deposit", 8, 5).committed)
                // Workers put metered forms back that are missing.
                try await client.upload(
                    "plain",
                    #"(module (memory (export "memory") 1) (func (export "handle") i32.const 8 i32.const 1 i32.store))"#
                )
                try storage.sql("DELETE FROM metered_codes")
                // With little gas another form is needed than the one that was compiled already.
                #expect(try await client.run("plain", "handle", gas: 1).outcome == "gas_limit_exceeded")
                #expect(try storage.query("SELECT count(*) FROM metered_codes") != "0")
                #expect(try await client.run("bank", "deposit", 8, 5).results == [10])
                #expect(try await client.run("bank", "byte", 100_000, 0).outcome == "memory_out_of_bounds")
                #expect(try await client.run("bank", "deposit", 8, 5, gas: 1).outcome == "gas_limit_exceeded")
                // More pages than one statement takes.
                let wide = try await client.run("bank", "fill", 8, 1500, 7, gas: 1_000_000_000_000)
                #expect(wide.committed && wide.writeAccessedPages.count == 1500)
                let answer = try await client.post(
                    JobSubmission(program: "bank", entry: "twin", args: [1], callbackUrl: receiver.url))
                #expect(answer.status == 200)
                let isTold = await eventually { !receiver.received.isEmpty }
                #expect(isTold)
                // Several at once are committed together.
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    for number in 0..<8 {
                        group.addTask {
                            let client = try service.makeClient()
                            let id = try await client.upload("bank-\(number)")
                            for _ in 0..<20 {
                                guard try await client.run(id, "deposit", 8, 1).committed else { return false }
                            }
                            return true
                        }
                    }
                    for try await isDone in group { #expect(isDone) }
                }
                for worker in try service.workers() {
                    let environment = try Data(contentsOf: URL(filePath: "/proc/\(worker)/environ"))
                    #expect(!String(decoding: environment, as: UTF8.self).contains("the server's own"))
                }
                let roles = try storage.query(
                    "SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = current_database() AND usename LIKE '%worker'"
                )
                #expect(roles == "lazypages_worker")
                #expect(!service.log.contains("permission denied"), "\(service.log)")
            }
            await receiver.stop()
        }

        @Test("the role cannot do more")
        func nothingElse() async throws {
            let (storage, worker) = try await prepare()
            try await withService(on: storage) { service in
                try await service.client.upload("bank")
                _ = try await service.client.run("bank", "twin", 1)
            }
            let forbidden = [
                "INSERT INTO programs (key, id) VALUES (gen_random_uuid(), 'x')", "UPDATE programs SET id = 'x'",
                "DELETE FROM programs", "SELECT labels FROM programs", "SELECT interface FROM programs",
                "INSERT INTO codes (hash, module) VALUES ('x', '')", "UPDATE codes SET module = ''",
                "DELETE FROM codes",
                "UPDATE metered_codes SET module = ''", "DELETE FROM metered_codes", "UPDATE pages SET bytes = NULL",
                "TRUNCATE pages", "DELETE FROM program_states", "UPDATE program_states SET program = gen_random_uuid()",
                "INSERT INTO program_states (program, version) VALUES (gen_random_uuid(), 1)",
                "UPDATE jobs SET document = ''", "DELETE FROM jobs", "SELECT request FROM queue",
                "UPDATE queue SET request = ''", "UPDATE queue SET server = NULL", "UPDATE queue SET program = 'x'",
                "INSERT INTO queue (id) VALUES (gen_random_uuid())", "SELECT url FROM callbacks",
                "UPDATE callbacks SET url = 'x'", "INSERT INTO callbacks (job, url) VALUES (gen_random_uuid(), 'x')",
                "DELETE FROM callbacks", "SELECT FROM idempotency_keys", "SELECT FROM servers", "SELECT FROM lanes",
                "SELECT FROM token_usage", "UPDATE token_usage SET jobs = 0", "SELECT FROM schema_migrations",
                "SELECT nextval('queue_positions')", "CREATE TABLE more (id bigint)", "CREATE SCHEMA more",
                "CREATE ROLE more", "ALTER TABLE pages ADD COLUMN more bigint", "DROP TABLE pages",
                "SELECT pg_read_file('/etc/passwd')", "COPY jobs TO PROGRAM 'true'", "SET ROLE lazypages",
                "SELECT lo_import('/etc/passwd')",
            ]
            for statement in forbidden {
                let error = #expect(throws: (any Error).self, "\(statement)") {
                    try storage.sql("BEGIN; \(statement); ROLLBACK", at: worker)
                }
                let words = error.map { "\($0)" } ?? ""
                let isDenied = ["permission denied", "must be owner", "must be superuser"].contains {
                    words.contains($0)
                }
                #expect(isDenied, "\(statement): \(words)")
            }
            #expect(try storage.query("SELECT count(*) FROM pages") == "2")
        }

        @Test("a connection of another kind than the service's is refused")
        func kinds() async throws {
            for arguments in [
                ["--storage", "sqlite:x.db", "--worker-storage", "postgresql:///x"],
                ["--storage", "postgresql:///x", "--worker-storage", "sqlite:x.db"],
                ["--storage", "postgresql:///x", "--worker-storage", "x"],
            ] {
                let ended = try await Executable.run(["serve"] + arguments)
                #expect(ended.end == .exited(2))
                expectOneLine(ended.errors, names: ["--worker-storage"])
            }
        }
    }
}
