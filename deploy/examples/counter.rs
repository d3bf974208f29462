//! A counter in Rust, with nothing but the functions that the service offers. Its whole state is one static.
//!
//! handle  payload: the number to add (8 bytes, little-endian); reply: the sum (8 bytes)
#![no_std]

#[link(wasm_import_module = "env")]
extern "C" {
    fn gr_size(length: *mut u32);
    fn gr_read(at: u32, length: u32, buffer: *mut u8, error: *mut u32);
    fn gr_reply(payload: *const u8, length: u32, value: *const u8, result: *mut [u8; 36]);
    fn gr_panic(text: *const u8, length: u32) -> !;
}

static mut COUNTER: u64 = 0;

#[no_mangle]
pub extern "C" fn handle() {
    let sum = unsafe { COUNTER }
        .checked_add(read_number())
        .unwrap_or_else(|| fail("the counter would overflow"));
    unsafe { COUNTER = sum };
    reply(&sum.to_le_bytes());
}

fn read_number() -> u64 {
    let (mut size, mut bytes, mut error) = (0, [0; 8], 0);
    unsafe { gr_size(&mut size) };
    if size != 8 {
        fail("the payload must be a number of 8 bytes");
    }
    unsafe { gr_read(0, 8, bytes.as_mut_ptr(), &mut error) };
    u64::from_le_bytes(bytes)
}

/// A reply can carry an amount of currency; this address, which is no memory, stands for none.
const NO_VALUE: *const u8 = u32::MAX as *const u8;

fn reply(bytes: &[u8]) {
    let mut result = [0; 36];
    unsafe { gr_reply(bytes.as_ptr(), bytes.len() as u32, NO_VALUE, &mut result) };
}

/// Ends the job; the text is its error message, and nothing of the job is kept.
fn fail(text: &str) -> ! {
    unsafe { gr_panic(text.as_ptr(), text.len() as u32) }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    fail("the program panicked")
}
