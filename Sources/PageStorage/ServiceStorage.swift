/// All that a server keeps: programs with their pages, the queue, and the jobs that have ended.
public typealias ServiceStorage = Storage & QueueStorage & EndedJobStorage & UsageStorage
