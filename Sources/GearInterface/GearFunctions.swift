/// The whole interface. What has no layout is the current one.
enum GearFunctions {
    static var all: [GearFunction] {
        memory + input + reply + context + end + messages + log + reservation + unsupported + early
    }
}
