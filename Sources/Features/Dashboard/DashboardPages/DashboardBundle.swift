import Base
import System
import TLS

/// The files of the dashboard as `make dashboard` made them, in memory.
package struct DashboardBundle: Sendable {
  /// A file in each coding in which it was prepared.
  struct Asset: Sendable {
    struct Form: Sendable {
      /// Nil for the file as it is.
      let coding: String?
      let bytes: [UInt8]
      /// Of these bytes.
      let entityTag: String
    }

    let contentType: String
    /// The one that a client should rather get comes first; the last one is the file as it is.
    let forms: [Form]
  }

  /// Why a folder holds no dashboard.
  package struct Failure: Error, Sendable, CustomStringConvertible {
    package let description: String
  }

  /// The name of the page that everything begins with.
  private static let indexName = "index.html"
  /// The folder of files whose names have the hash of their content.
  private static let assetFolderName = "assets"
  /// The whole dashboard has some 2 MiB in its three codings; these keep a wrong folder from filling the memory.
  private static let fileBytesMax = 8 << 20
  private static let bytesMax = 32 << 20
  private static let fileCountMax = 500

  /// What may follow a name for a file in another coding.
  private static let codings = [(suffix: ".br", coding: "br"), (suffix: ".gz", coding: "gzip")]

  let index: Asset
  /// By name.
  let assets: [String: Asset]

  /// Reads a folder.
  package init(folder path: String) throws(Failure) {
    var reader = try Reader(path)
    let names = try reader.names(of: Self.assetFolderName)
    index = try reader.asset(Self.indexName)
    var assets: [String: Asset] = [:]
    for name in names where Self.contentType(name) != nil {
      assets[name] = try reader.asset("\(Self.assetFolderName)/\(name)")
    }
    self.assets = assets
  }

  /// Nil for names that are not served by themselves.
  private static func contentType(_ name: String) -> String? {
    switch name.split(separator: ".").last {
    case "html": "text/html; charset=utf-8"
    case "js": "text/javascript; charset=utf-8"
    case "css": "text/css; charset=utf-8"
    case "svg": "image/svg+xml"
    case "json": "application/json"
    case "txt": "text/plain; charset=utf-8"
    case "woff2": "font/woff2"
    default: nil
    }
  }

  /// Reads files of a folder as long as they are not too large together.
  private struct Reader: ~Copyable {
    private let path: String
    private let folder: Folder
    private var byteCount = 0

    init(_ path: String) throws(Failure) {
      self.path = path
      do throws(SystemError) {
        folder = try Folder(path)
      } catch {
        throw Failure(description: "\(path) cannot be opened: \(error)")
      }
    }

    func names(of folderName: String) throws(Failure) -> [String] {
      do throws(SystemError) {
        let names = try File.entries(ofDirectory: "\(path)/\(folderName)")
        if names.count <= fileCountMax { return names }
      } catch {
        throw Failure(description: "\(path)/\(folderName) cannot be read: \(error)")
      }
      throw Failure(description: "\(path)/\(folderName) has more than \(fileCountMax) files")
    }

    mutating func asset(_ name: String) throws(Failure) -> Asset {
      guard let contentType = contentType(name) else { throw Failure(description: "\(name) is of no known type") }
      var forms: [Asset.Form] = []
      for (suffix, coding) in codings {
        if let bytes = try bytes(name + suffix, isOptional: true) { forms.append(Self.form(bytes, coding)) }
      }
      if let bytes = try bytes(name, isOptional: false) { forms.append(Self.form(bytes, nil)) }
      return Asset(contentType: contentType, forms: forms)
    }

    private static func form(_ bytes: [UInt8], _ coding: String?) -> Asset.Form {
      Asset.Form(coding: coding, bytes: bytes, entityTag: "\"\(Hex.encode(SHA256.digest(bytes).prefix(16)))\"")
    }

    /// Nil for an optional file that is not there.
    private mutating func bytes(_ name: String, isOptional: Bool) throws(Failure) -> [UInt8]? {
      switch folder.read(name, bytesMax: min(fileBytesMax, bytesMax - byteCount)) {
      case .success(let contents):
        byteCount += contents.bytes.count
        return contents.bytes
      case .failure(.failed(let error)) where isOptional && error.isNoSuchFile: return nil
      case .failure(.tooLarge): throw Failure(description: "\(path)/\(name) is too large for a file of the dashboard")
      case .failure(let refusal): throw Failure(description: "\(path)/\(name) cannot be read: \(refusal)")
      }
    }
  }
}
