/// A bounded memory of what is stored already: two generations, the older forgotten when the younger is full.
struct SeenSet<Element: Hashable> {
  let generationCountMax: Int
  private var young: Set<Element> = []
  private var old: Set<Element> = []

  init(generationCountMax: Int) { self.generationCountMax = generationCountMax }

  func contains(_ element: Element) -> Bool { young.contains(element) || old.contains(element) }

  mutating func insert(_ element: Element) {
    if young.count >= generationCountMax {
      swap(&young, &old)
      young.removeAll(keepingCapacity: true)
    }
    young.insert(element)
  }
}
