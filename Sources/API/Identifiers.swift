/// The form of a program's id. What does not have it cannot be there, so it never reaches the storage.
public enum Identifiers {
    /// For people.
    public static let programForm = "1 to 64 of A–Z a–z 0–9 . _ - and a letter or digit first"

    private static let lettersAndDigits = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
    private static let all = lettersAndDigits.union("._-".utf8)

    public static func isProgram(_ id: String) -> Bool {
        guard let first = id.utf8.first, id.utf8.count <= 64 else { return false }
        return lettersAndDigits.contains(first) && id.utf8.allSatisfy(all.contains)
    }
}
