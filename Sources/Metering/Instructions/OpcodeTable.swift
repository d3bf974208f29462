/// Every instruction that is served: WebAssembly 2.0, tail calls and wide arithmetic. Names and codes are those of the specification's
/// index of instructions; an instruction behind the prefix 0xFC or 0xFD is counted as 0xFC00 or 0xFD00 and its number.
enum OpcodeTable {
    /// Instructions with consecutive codes that are alike.
    private struct Run {
        let first: UInt16
        let names: String
        let opcode: Opcode

        init(
            _ first: UInt16, _ immediates: Immediates, _ weight: WeightClass, flow: Flow = .next, _ names: String
        ) {
            self.first = first
            self.names = names
            opcode = Opcode(immediates: immediates, weight: weight, flow: flow)
        }

        var nameList: [String] { names.split(separator: " ").map(String.init) }
    }

    private static let control: [Run] = [
        Run(0x00, .none, .free, flow: .trap, "unreachable"),
        Run(0x01, .none, .free, "nop"),
        Run(0x02, .blockType, .free, flow: .block, "block"),
        Run(0x03, .blockType, .free, flow: .loop, "loop"),
        Run(0x04, .blockType, .conditionalBranch, flow: .if, "if"),
        Run(0x05, .none, .marker, flow: .else, "else"),
        Run(0x0B, .none, .marker, flow: .end, "end"),
        Run(0x0C, .label, .branch, flow: .branch, "br"),
        Run(0x0D, .label, .conditionalBranch, flow: .conditionalBranch, "br_if"),
        Run(0x0E, .labels, .branchTable, flow: .branch, "br_table"),
        Run(0x0F, .none, .free, flow: .return, "return"),
        Run(0x10, .function, .call, flow: .call, "call"),
        Run(0x11, .typeAndIndex, .indirectCall, flow: .call, "call_indirect"),
        Run(0x12, .function, .call, flow: .tailCall, "return_call"),
        Run(0x13, .typeAndIndex, .indirectCall, flow: .tailCall, "return_call_indirect"),
    ]

    private static let variablesAndMemory: [Run] = [
        Run(0x1A, .none, .free, "drop"),
        Run(0x1B, .none, .select, "select"),
        Run(0x1C, .valueTypes, .select, "select(result)"),
        Run(0x20, .local, .local, "local.get local.set local.tee"),
        Run(0x23, .global, .global, "global.get global.set"),
        Run(0x25, .index, .tableAccess, "table.get table.set"),
        Run(
            0x28, .address, .load,
            """
            i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u \
            i64.load8_s i64.load8_u i64.load16_s i64.load16_u i64.load32_s i64.load32_u
            """),
        Run(
            0x36, .address, .store,
            """
            i32.store i64.store f32.store f64.store i32.store8 i32.store16 i64.store8 i64.store16 i64.store32
            """),
        Run(0x3F, .memory, .global, "memory.size"),
        Run(0x40, .memory, .memoryGrow, "memory.grow"),
        Run(0x41, .i32, .constant, "i32.const"),
        Run(0x42, .i64, .constant, "i64.const"),
        Run(0x43, .f32, .constant, "f32.const"),
        Run(0x44, .f64, .constant, "f64.const"),
        Run(0xD0, .heapType, .constant, "ref.null"),
        Run(0xD1, .none, .integer, "ref.is_null"),
        Run(0xD2, .function, .functionReference, "ref.func"),
    ]

    private static let numbers: [Run] = [
        Run(
            0x45, .none, .integer,
            """
            i32.eqz i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u \
            i64.eqz i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s i64.le_u i64.ge_s i64.ge_u
            """),
        Run(
            0x5B, .none, .float,
            "f32.eq f32.ne f32.lt f32.gt f32.le f32.ge f64.eq f64.ne f64.lt f64.gt f64.le f64.ge"),
        Run(0x67, .none, .integer, "i32.clz i32.ctz i32.popcnt i32.add i32.sub i32.mul"),
        Run(0x6D, .none, .division, "i32.div_s i32.div_u i32.rem_s i32.rem_u"),
        Run(0x71, .none, .integer, "i32.and i32.or i32.xor i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr"),
        Run(0x79, .none, .integer, "i64.clz i64.ctz i64.popcnt i64.add i64.sub i64.mul"),
        Run(0x7F, .none, .division, "i64.div_s i64.div_u i64.rem_s i64.rem_u"),
        Run(0x83, .none, .integer, "i64.and i64.or i64.xor i64.shl i64.shr_s i64.shr_u i64.rotl i64.rotr"),
        Run(0x8B, .none, .float, "f32.abs f32.neg f32.ceil f32.floor f32.trunc f32.nearest"),
        Run(0x91, .none, .floatDivision, "f32.sqrt"),
        Run(0x92, .none, .float, "f32.add f32.sub f32.mul"),
        Run(0x95, .none, .floatDivision, "f32.div"),
        Run(0x96, .none, .float, "f32.min f32.max f32.copysign"),
        Run(0x99, .none, .float, "f64.abs f64.neg f64.ceil f64.floor f64.trunc f64.nearest"),
        Run(0x9F, .none, .floatDivision, "f64.sqrt"),
        Run(0xA0, .none, .float, "f64.add f64.sub f64.mul"),
        Run(0xA3, .none, .floatDivision, "f64.div"),
        Run(0xA4, .none, .float, "f64.min f64.max f64.copysign"),
        Run(0xA7, .none, .integer, "i32.wrap_i64"),
        Run(0xA8, .none, .conversion, "i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u"),
        Run(0xAC, .none, .integer, "i64.extend_i32_s i64.extend_i32_u"),
        Run(
            0xAE, .none, .conversion,
            """
            i64.trunc_f32_s i64.trunc_f32_u i64.trunc_f64_s i64.trunc_f64_u \
            f32.convert_i32_s f32.convert_i32_u f32.convert_i64_s f32.convert_i64_u f32.demote_f64 \
            f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s f64.convert_i64_u f64.promote_f32
            """),
        Run(
            0xBC, .none, .integer,
            "i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64"),
        Run(
            0xC0, .none, .integer,
            "i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s"),
        Run(
            0xFC00, .none, .conversion,
            """
            i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u \
            i64.trunc_sat_f32_s i64.trunc_sat_f32_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u
            """),
        Run(0xFC13, .none, .wideInteger, "i64.add128 i64.sub128 i64.mul_wide_s i64.mul_wide_u"),
    ]

    private static let bulk: [Run] = [
        Run(0xFC08, .indexAndMemory, .memoryInit, "memory.init"),
        Run(0xFC09, .index, .segmentDrop, "data.drop"),
        Run(0xFC0A, .twoMemories, .memoryCopy, "memory.copy"),
        Run(0xFC0B, .memory, .memoryFill, "memory.fill"),
        Run(0xFC0C, .twoIndices, .tableInit, "table.init"),
        Run(0xFC0D, .index, .segmentDrop, "elem.drop"),
        Run(0xFC0E, .twoIndices, .tableCopy, "table.copy"),
        Run(0xFC0F, .index, .tableGrow, "table.grow"),
        Run(0xFC10, .index, .global, "table.size"),
        Run(0xFC11, .index, .tableFill, "table.fill"),
    ]

    private static let vectorMemory: [Run] = [
        Run(
            0xFD00, .address, .load,
            """
            v128.load v128.load8x8_s v128.load8x8_u v128.load16x4_s v128.load16x4_u v128.load32x2_s v128.load32x2_u \
            v128.load8_splat v128.load16_splat v128.load32_splat v128.load64_splat
            """),
        Run(0xFD0B, .address, .store, "v128.store"),
        Run(0xFD0C, .v128, .constant, "v128.const"),
        Run(0xFD0D, .sixteenLanes, .vector, "i8x16.shuffle"),
        Run(
            0xFD0E, .none, .vector,
            "i8x16.swizzle i8x16.splat i16x8.splat i32x4.splat i64x2.splat f32x4.splat f64x2.splat"),
        Run(
            0xFD15, .lane, .vector,
            """
            i8x16.extract_lane_s i8x16.extract_lane_u i8x16.replace_lane \
            i16x8.extract_lane_s i16x8.extract_lane_u i16x8.replace_lane i32x4.extract_lane i32x4.replace_lane \
            i64x2.extract_lane i64x2.replace_lane f32x4.extract_lane f32x4.replace_lane \
            f64x2.extract_lane f64x2.replace_lane
            """),
        Run(
            0xFD54, .addressAndLane, .load, "v128.load8_lane v128.load16_lane v128.load32_lane v128.load64_lane"),
        Run(
            0xFD58, .addressAndLane, .store, "v128.store8_lane v128.store16_lane v128.store32_lane v128.store64_lane"),
        Run(0xFD5C, .address, .load, "v128.load32_zero v128.load64_zero"),
    ]

    private static let vectorIntegers: [Run] = [
        Run(
            0xFD23, .none, .vector,
            """
            i8x16.eq i8x16.ne i8x16.lt_s i8x16.lt_u i8x16.gt_s i8x16.gt_u i8x16.le_s i8x16.le_u i8x16.ge_s i8x16.ge_u \
            i16x8.eq i16x8.ne i16x8.lt_s i16x8.lt_u i16x8.gt_s i16x8.gt_u i16x8.le_s i16x8.le_u i16x8.ge_s i16x8.ge_u \
            i32x4.eq i32x4.ne i32x4.lt_s i32x4.lt_u i32x4.gt_s i32x4.gt_u i32x4.le_s i32x4.le_u i32x4.ge_s i32x4.ge_u
            """),
        Run(
            0xFD4D, .none, .vector, "v128.not v128.and v128.andnot v128.or v128.xor v128.bitselect v128.any_true"),
        Run(
            0xFD60, .none, .vector,
            "i8x16.abs i8x16.neg i8x16.popcnt i8x16.all_true i8x16.bitmask i8x16.narrow_i16x8_s i8x16.narrow_i16x8_u"),
        Run(
            0xFD6B, .none, .vector,
            """
            i8x16.shl i8x16.shr_s i8x16.shr_u i8x16.add i8x16.add_sat_s i8x16.add_sat_u \
            i8x16.sub i8x16.sub_sat_s i8x16.sub_sat_u
            """),
        Run(0xFD76, .none, .vector, "i8x16.min_s i8x16.min_u i8x16.max_s i8x16.max_u"),
        Run(
            0xFD7B, .none, .vector,
            """
            i8x16.avgr_u i16x8.extadd_pairwise_i8x16_s i16x8.extadd_pairwise_i8x16_u \
            i32x4.extadd_pairwise_i16x8_s i32x4.extadd_pairwise_i16x8_u \
            i16x8.abs i16x8.neg i16x8.q15mulr_sat_s i16x8.all_true i16x8.bitmask \
            i16x8.narrow_i32x4_s i16x8.narrow_i32x4_u i16x8.extend_low_i8x16_s i16x8.extend_high_i8x16_s \
            i16x8.extend_low_i8x16_u i16x8.extend_high_i8x16_u i16x8.shl i16x8.shr_s i16x8.shr_u \
            i16x8.add i16x8.add_sat_s i16x8.add_sat_u i16x8.sub i16x8.sub_sat_s i16x8.sub_sat_u
            """),
        Run(0xFD95, .none, .vector, "i16x8.mul i16x8.min_s i16x8.min_u i16x8.max_s i16x8.max_u"),
        Run(
            0xFD9B, .none, .vector,
            """
            i16x8.avgr_u i16x8.extmul_low_i8x16_s i16x8.extmul_high_i8x16_s i16x8.extmul_low_i8x16_u \
            i16x8.extmul_high_i8x16_u i32x4.abs i32x4.neg
            """),
        Run(0xFDA3, .none, .vector, "i32x4.all_true i32x4.bitmask"),
        Run(
            0xFDA7, .none, .vector,
            """
            i32x4.extend_low_i16x8_s i32x4.extend_high_i16x8_s i32x4.extend_low_i16x8_u i32x4.extend_high_i16x8_u \
            i32x4.shl i32x4.shr_s i32x4.shr_u i32x4.add
            """),
        Run(0xFDB1, .none, .vector, "i32x4.sub"),
        Run(
            0xFDB5, .none, .vector,
            "i32x4.mul i32x4.min_s i32x4.min_u i32x4.max_s i32x4.max_u i32x4.dot_i16x8_s"),
        Run(
            0xFDBC, .none, .vector,
            """
            i32x4.extmul_low_i16x8_s i32x4.extmul_high_i16x8_s i32x4.extmul_low_i16x8_u i32x4.extmul_high_i16x8_u \
            i64x2.abs i64x2.neg
            """),
        Run(0xFDC3, .none, .vector, "i64x2.all_true i64x2.bitmask"),
        Run(
            0xFDC7, .none, .vector,
            """
            i64x2.extend_low_i32x4_s i64x2.extend_high_i32x4_s i64x2.extend_low_i32x4_u i64x2.extend_high_i32x4_u \
            i64x2.shl i64x2.shr_s i64x2.shr_u i64x2.add
            """),
        Run(0xFDD1, .none, .vector, "i64x2.sub"),
        Run(
            0xFDD5, .none, .vector,
            """
            i64x2.mul i64x2.eq i64x2.ne i64x2.lt_s i64x2.gt_s i64x2.le_s i64x2.ge_s i64x2.extmul_low_i32x4_s \
            i64x2.extmul_high_i32x4_s i64x2.extmul_low_i32x4_u i64x2.extmul_high_i32x4_u
            """),
    ]

    private static let vectorFloats: [Run] = [
        Run(
            0xFD41, .none, .vectorFloat,
            """
            f32x4.eq f32x4.ne f32x4.lt f32x4.gt f32x4.le f32x4.ge f64x2.eq f64x2.ne f64x2.lt f64x2.gt f64x2.le f64x2.ge
            """),
        Run(0xFD5E, .none, .vectorFloat, "f32x4.demote_f64x2_zero f64x2.promote_low_f32x4"),
        Run(0xFD67, .none, .vectorFloat, "f32x4.ceil f32x4.floor f32x4.trunc f32x4.nearest"),
        Run(0xFD74, .none, .vectorFloat, "f64x2.ceil f64x2.floor"),
        Run(0xFD7A, .none, .vectorFloat, "f64x2.trunc"),
        Run(0xFD94, .none, .vectorFloat, "f64x2.nearest"),
        Run(0xFDE0, .none, .vectorFloat, "f32x4.abs f32x4.neg"),
        Run(0xFDE3, .none, .floatDivision, "f32x4.sqrt"),
        Run(0xFDE4, .none, .vectorFloat, "f32x4.add f32x4.sub f32x4.mul"),
        Run(0xFDE7, .none, .floatDivision, "f32x4.div"),
        Run(0xFDE8, .none, .vectorFloat, "f32x4.min f32x4.max f32x4.pmin f32x4.pmax f64x2.abs f64x2.neg"),
        Run(0xFDEF, .none, .floatDivision, "f64x2.sqrt"),
        Run(0xFDF0, .none, .vectorFloat, "f64x2.add f64x2.sub f64x2.mul"),
        Run(0xFDF3, .none, .floatDivision, "f64x2.div"),
        Run(0xFDF4, .none, .vectorFloat, "f64x2.min f64x2.max f64x2.pmin f64x2.pmax"),
        Run(
            0xFDF8, .none, .vectorFloat,
            """
            i32x4.trunc_sat_f32x4_s i32x4.trunc_sat_f32x4_u f32x4.convert_i32x4_s f32x4.convert_i32x4_u \
            i32x4.trunc_sat_f64x2_s_zero i32x4.trunc_sat_f64x2_u_zero \
            f64x2.convert_low_i32x4_s f64x2.convert_low_i32x4_u
            """),
    ]

    private static let runs =
        control + variablesAndMemory + numbers + bulk + vectorMemory + vectorIntegers + vectorFloats

    /// By code; an array, since the reader asks for each instruction of a module.
    static let opcodes: [Opcode?] = {
        var opcodes = [Opcode?](repeating: nil, count: 0xFE00)
        for run in runs {
            for index in 0..<run.nameList.count { opcodes[Int(run.first) + index] = run.opcode }
        }
        return opcodes
    }()

    /// By code, in the text format's spelling, but for `select(result)`, which is a `select` with types.
    static let names: [UInt16: String] = {
        var names: [UInt16: String] = [:]
        for run in runs {
            for (index, name) in run.nameList.enumerated() { names[run.first + UInt16(index)] = name }
        }
        return names
    }()
}
