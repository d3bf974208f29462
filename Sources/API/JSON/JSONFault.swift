/// Why a body is not taken as JSON; offsets are in bytes.
enum JSONFault: Error, Equatable, CustomStringConvertible {
    case notJSON
    case controlCharacter(offset: Int)
    case strayComma(offset: Int)
    case tooDeep
    case tooManyValues(limit: Int)
    case nameTwice(offset: Int)

    var description: String {
        switch self {
        case .notJSON: "The body is not JSON in UTF-8."
        case .controlCharacter(let offset): "Byte \(offset) of the body is a control character."
        case .strayComma(let offset): "Nothing follows the comma before byte \(offset) of the body."
        case .tooDeep: "The body nests deeper than \(JSONParser.deepest) levels."
        case .tooManyValues(let limit): "The body holds more than \(limit) values."
        case .nameTwice(let offset): "The name at byte \(offset) of the body is in its object twice."
        }
    }
}
