// swift-tools-version: 6.2
import PackageDescription

// A package that uses the SDK. One outside of this repository names it by its address instead:
//   .package(url: "<address of the repository>", branch: "main")
let package = Package(
  name: "chat-example",
  dependencies: [.package(name: "axonize", path: "../..")],
  targets: [
    .executableTarget(name: "chat", dependencies: [.product(name: "Axonize", package: "axonize")]),
    .testTarget(
      name: "ChatTests", dependencies: ["chat", .product(name: "AxonizeTesting", package: "axonize")]),
  ],
  swiftLanguageModes: [.v6]
)
