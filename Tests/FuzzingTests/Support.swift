import ProgramRuntime

@testable import Fuzzing

/// A case with the costs 100, 200, 300 for instructions, 10, 20, 30 for host functions and 1000 for loading.
func fuzzCase(
    _ body: [Statement], result: Fuzzing.Expression = .i64(0), stackEnd: UInt32 = 0, size: UInt32 = 2,
    maximum: UInt32 = 4, stored: [UInt32: StoredPage] = [:], gasLimit: UInt64 = 100_000, segments: [Segment] = [],
    schedule: Schedule = .standard, functions: [Function] = []
) -> FuzzCase {
    let function = Function(
        params: [.i32, .i64], locals: [.i32, .i64], body: body, result: result, resultType: .i64)
    return FuzzCase(
        program: Program(
            memoryMinimum: size, memoryMaximum: nil, importsMemory: false, segments: segments,
            functions: functions + [function]),
        scenario: Scenario(
            memorySize: size, memoryMaximum: maximum, stackEnd: stackEnd, stored: stored,
            costs: [100, 200, 300, 10, 20, 30, 1000], gasLimit: gasLimit, firstArgument: 5, secondArgument: 6,
            schedule: schedule))
}

extension FuzzCase {
    func model(
        _ choices: [Bool] = [], mergeable: Set<Int> = [], allowed: Set<Freedom> = Set(Freedom.allCases)
    ) -> Model {
        Model(
            self, stored: scenario.stored.mapValues(\.bytes), plan: GasPlan(program, scenario.schedule),
            mergeable: mergeable, choices: Choices(choices, allowed: allowed))
    }

    /// What the model says.
    func predicted() -> Prediction? { model().run() }

    /// What it executes to as a job.
    func executed(_ compiler: ProgramCompiler = .cranelift) throws -> Outcome {
        let source = StoredPages()
        source.pages = scenario.stored.mapValues(\.bytes)
        return try CompilerUnderTest(compiler, source: source)
            .compile(ModuleEncoder.encode(program), scenario.schedule).runAsJob(scenario, stored: source.pages)
    }
}

func pay(_ cost: UInt64) -> Statement { .drop(.host(.pay, [.i64(cost)])) }

func load(_ address: UInt32, _ operation: LoadOperator = .i32From8U) -> Statement {
    .drop(.load(operation, Address(base: .i32(address), offset: 0)))
}

func store(_ address: UInt32, _ operation: StoreOperator = .i32To8, _ value: Fuzzing.Expression = .i32(7)) -> Statement
{
    .store(operation, Address(base: .i32(address), offset: 0), value)
}
