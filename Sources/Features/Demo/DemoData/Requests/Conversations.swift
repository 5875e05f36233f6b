/// What people talk about with models.
struct Topic: Sendable {
  let system: String
  let turns: [(question: String, answer: String)]
}

enum Conversations {
  static let users = [
    "mina.park@acme.example", "j.okafor@acme.example", "lena.fischer@northwind.example", "tariq@northwind.example",
    "sofia.rossi@contoso.example", "hiro.tanaka@contoso.example", "dana.cohen@globex.example", "p.novak@globex.example",
    "amelia@initech.example", "ravi.iyer@initech.example", "chloe.martin@umbrella.example",
    "kim.jisoo@umbrella.example",
  ]
  static let heavyUser = "reports-batch@globex.example"

  static let chats: [Topic] = [
    Topic(
      system: "You are a concise assistant for software engineers.",
      turns: [
        (
          "Why does my Postgres query ignore the index on created_at?",
          "Most likely the planner expects to read a large part of the table. Look at EXPLAIN (ANALYZE, BUFFERS): if the "
            + "estimate is far from the actual rows, run ANALYZE. A cast on the column, such as created_at::date, also "
            + "keeps the index from being used."
        ),
        (
          "There is a cast to date. How do I write it instead?",
          "Compare with a range: created_at >= '2026-11-30' AND created_at < '2026-12-01'. The column then stands alone "
            + "on one side and the index applies."
        ),
        (
          "Great. Would a BRIN index be enough here?",
          "If rows arrive in order of time, yes: it is a thousandth of the size of a B-tree and fast for ranges. For "
            + "single rows keep the B-tree."
        ),
      ]),
    Topic(
      system: "You help customers of an online shop. Answer politely and briefly.",
      turns: [
        (
          "Where is my order 48213?",
          "It left our warehouse yesterday evening and should arrive on Thursday. You will get a message with a two-hour "
            + "window on the morning of the delivery."
        ),
        (
          "Can I still change the address?",
          "Yes, until it reaches the local depot. Open the order, choose 'Change delivery', and enter the new address; "
            + "it takes effect within a few minutes."
        ),
      ]),
    Topic(
      system: "당신은 한국어로 답하는 여행 안내원입니다.",
      turns: [
        (
          "부산에서 하루 동안 볼 만한 곳을 추천해 주세요.",
          "오전에는 감천문화마을을 산책하고, 점심은 자갈치시장에서 드세요. 오후에는 해동용궁사를 보고, 저녁에는 광안리에서 "
            + "야경을 즐기시면 좋습니다."
        ),
        ("비가 오면 어디가 좋을까요?", "영화의전당과 부산현대미술관을 추천합니다. 두 곳 모두 실내이고 대중교통으로 가기 쉽습니다."),
      ]),
    Topic(
      system: "You write release notes from lists of changes.",
      turns: [
        (
          "Summarise: fixed a crash on empty uploads, raised the limit of files to 2 GB, new dark theme.",
          "Uploads may now be up to 2 GB, and an empty file no longer stops the app. There is a dark theme: choose it "
            + "under Settings, Appearance."
        ),
        (
          "Make it one sentence.",
          "This release takes uploads of up to 2 GB, handles empty files, and brings a dark theme."
        ),
      ]),
  ]

  static let questions: [Topic] = [
    Topic(
      system: "Answer from the documents only, and name them.",
      turns: [
        (
          "How many days of parental leave do we have in Germany?",
          "Up to 36 months for each parent, of which 24 may be taken between the third and the eighth birthday "
            + "(hr/leave-de.md). Ask at least seven weeks before it begins."
        ),
        ("And who approves it?", "Your manager confirms the dates, and HR Operations files it (hr/leave-de.md)."),
      ]),
    Topic(
      system: "Answer from the documents only, and name them.",
      turns: [
        (
          "What is the escalation path for a P1 incident at night?",
          "Page the on-call engineer, then after 15 minutes without an acknowledgement the secondary and the duty "
            + "manager (runbooks/incidents.md). A status page entry is due within 30 minutes."
        )
      ]),
    Topic(
      system: "Answer from the documents only, and name them.",
      turns: [
        (
          "Which torque do the M8 bolts of the gearbox cover need?",
          "25 Nm in two steps, crosswise: 12 Nm first, then 25 Nm (manuals/gearbox-4200.pdf, page 37)."
        ),
        (
          "Do they have to be replaced?",
          "Yes, they are coated and used once (manuals/gearbox-4200.pdf, page 38)."
        ),
      ]),
  ]

  static let documents = [
    "hr/leave-de.md", "hr/handbook.md", "runbooks/incidents.md", "runbooks/failover.md", "manuals/gearbox-4200.pdf",
    "manuals/safety.pdf", "policies/travel.md", "policies/security.md",
  ]

  static let tasks: [(question: String, answer: String)] = [
    (
      "Compare our cloud bill of November with that of October and explain the largest change.",
      "The bill rose by 8 %. Nearly all of it is object storage: the nightly exports were kept for 90 days since "
        + "5 November instead of 30."
    ),
    (
      "Find out why the build of the mobile app became slower this week, and open a ticket.",
      "The cache of Gradle is missed since Tuesday, because the image of the runner changed. I opened MOB-1184 with the "
        + "two timings and a proposal."
    ),
    (
      "Book a room for eight people on Thursday afternoon and invite the platform team.",
      "Room Kepler is booked from 14:00 to 15:30, and the seven members of the team are invited."
    ),
  ]

  static let tools: [(name: String, arguments: String, result: String, seconds: Double)] = [
    ("search_documents", #"{"query":"storage costs","limit":5}"#, #"{"hits":5}"#, 0.18),
    ("run_sql", #"{"sql":"SELECT service, sum(cost) FROM bills GROUP BY service"}"#, #"{"rows":42}"#, 0.65),
    ("fetch_url", #"{"url":"https://status.example/builds"}"#, #"{"status":200,"bytes":18231}"#, 0.9),
    ("create_ticket", #"{"project":"MOB","title":"Gradle cache is missed"}"#, #"{"key":"MOB-1184"}"#, 0.4),
    ("calendar_lookup", #"{"day":"thursday","people":8}"#, #"{"rooms":["Kepler","Noether"]}"#, 0.3),
  ]
}
