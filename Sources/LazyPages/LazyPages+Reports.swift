import Pages

/// What the execution did, while it runs and after its end. Each throws `contextNotSet` only.
extension LazyPages {
    /// In ascending order; this is what has to be stored.
    public func writeAccessedPages() throws(LazyPagesError) -> [PageNumber] {
        try requireExecution()
        return execution.pointee.written.ascending()
    }

    /// Every page touched, in ascending order.
    public func accessedPages() throws(LazyPagesError) -> [PageNumber] {
        try requireExecution()
        return execution.pointee.accessed.ascending()
    }

    public func status() throws(LazyPagesError) -> Status {
        try requireExecution()
        return execution.pointee.status
    }

    /// Why the execution could not go on; nil if nothing is wrong with it. If set, its memory must be discarded.
    public func failure() throws(LazyPagesError) -> AccessError? {
        try requireExecution()
        return execution.pointee.failure
    }

    /// How often each of the seven costs was charged.
    public func charges() throws(LazyPagesError) -> ChargeCounts {
        try requireExecution()
        return execution.pointee.charger.charges
    }

    /// The first 256 faults of the execution, in the order in which they struck; the last may be one that the gas did not
    /// cover.
    public func faults() throws(LazyPagesError) -> [PageFault] {
        try requireExecution()
        return execution.pointee.faults.all()
    }

    public func counters() throws(LazyPagesError) -> ExecutionCounters {
        try requireExecution()
        return execution.pointee.counters
    }
}
