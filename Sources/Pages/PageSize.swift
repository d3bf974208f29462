/// The sizes in which program memory is counted, in bytes.
public enum PageSize {
    /// A Gear page: the unit of loading, charging and storing.
    public static let gear = 16_384

    /// A WebAssembly page: memory size and stack end are counted in it.
    public static let wasm = 65_536

    /// Gear pages in one WebAssembly page.
    public static let gearPerWasm = wasm / gear

    /// WebAssembly pages in the whole 32-bit address space.
    public static let wasmPagesInAddressSpace = 65_536
}
