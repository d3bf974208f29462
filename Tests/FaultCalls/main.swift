let calls = try FaultCalls()

try calls.many("read_stored", .data, as: \.readFaults)
try calls.many("read_new", .noData, as: \.readFaults)
try calls.many("write_stored", .data, isWrite: true, as: \.writeFaults)
try calls.many("write_new", .noData, isWrite: true, as: \.writeFaults)
try calls.many("write_after_read", .data, isWrite: true, afterRead: true, as: \.writeAfterReadFaults)

try calls.last("no_gas_for_access", .data, gasLimit: 0)
try calls.last("no_gas_for_load", .data, gasLimit: 1)
try calls.last("source_unavailable", .unavailable)
try calls.last("source_changed", .changed)
try calls.last("source_vanished", .vanished)
try calls.last("source_wrong_size", .wrongSize)

try calls.many("source_at_a_cost", .dataAtACost, as: \.readFaults)
