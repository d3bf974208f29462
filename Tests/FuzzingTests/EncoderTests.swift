import ProgramRuntime
import Testing

@testable import Fuzzing

@Suite struct EncoderTests {
    /// Compiling validates; the text is assembled by somebody else's assembler.
    @Test func modulesAreValidAndTheTextSaysTheSame() throws {
        let source = StoredPages()
        let compilers = try ProgramCompiler.allCases.map { try CompilerUnderTest($0, source: source) }
        for seed in 0..<120 as Range<UInt64> {
            let fuzzCase = CaseGenerator.generate(seed: seed)
            source.pages = fuzzCase.scenario.stored.mapValues(\.bytes)
            let binary = ModuleEncoder.encode(fuzzCase.program)
            for compiler in compilers where compiler.knowsVectors || !fuzzCase.program.usesVectors {
                let encoded = try compiler.compile(binary, fuzzCase.scenario.schedule)
                let assembled = try compiler.compile(
                    text: TextFormat.write(fuzzCase.program), fuzzCase.scenario.schedule)
                var scenario = fuzzCase.scenario
                scenario.gasLimit = 100_000
                let outcomes = try [encoded, assembled].map {
                    try $0.runAsJob(scenario, stored: source.pages).text(isAdditive: false)
                }
                #expect(outcomes[0] == outcomes[1], "seed \(seed)")
            }
        }
    }

    @Test(
        arguments: [
            (0, [0]), (63, [63]), (64, [0xC0, 0]), (-1, [0x7F]), (-64, [0x40]), (-65, [0xBF, 0x7F]),
            (Int64.min, [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7F]),
        ] as [(Int64, [UInt8])])
    func signedNumbersHaveTheFormatsEncoding(number: Int64, bytes: [UInt8]) {
        var writer = ByteWriter()
        writer.signed(number)
        #expect(writer.bytes == bytes)
    }
}
