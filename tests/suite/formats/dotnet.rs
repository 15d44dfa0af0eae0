//! Reports of .NET tools, according to their documented schemas.

use covatlas::report::{Dimension, Hits, Report, Tally, TestStatus};

use super::{lines, messages, of, read, sound};

fn tally(report: &Report, dimension: &Dimension) -> Option<Tally> {
    report.tallies().get(dimension)
}

/// Two methods. The second has two points on one line, and a decision. `OpenCover` counts one
/// additional branch per method.
const OPENCOVER: &str = r#"<?xml version="1.0"?><CoverageSession>
<Summary numSequencePoints="4" visitedSequencePoints="3" numBranchPoints="4" visitedBranchPoints="3" numMethods="2" visitedMethods="2"/>
<Modules><Module skippedDueTo="Filter"><ModulePath>x.dll</ModulePath><Classes/></Module>
<Module><Files><File uid="7" fullPath="C:\src\A.cs"/></Files><Classes><Class><Methods>
<Method><Summary numBranchPoints="1" visitedBranchPoints="1"/><Name>System.Void A::One()</Name><FileRef uid="7"/><SequencePoints>
<SequencePoint vc="2" sl="3" sc="5" el="3" ec="9"><TrackedMethodRefs><TrackedMethodRef uid="1" vc="2"/></TrackedMethodRefs></SequencePoint>
</SequencePoints><BranchPoints/><MethodPoint vc="2"/></Method>
<Method><Summary numBranchPoints="3" visitedBranchPoints="2"/><Name>System.Int32 A::Two()</Name><FileRef uid="7"/><SequencePoints>
<SequencePoint vc="5" sl="6" sc="5" el="8" ec="9" fileid="7"/><SequencePoint vc="1" sl="6" sc="11" el="6" ec="15"/>
<SequencePoint vc="0" sl="7" sc="5" el="7" ec="9"/><SequencePoint vc="0" sl="16707566" sc="0" el="16707566" ec="0"/>
</SequencePoints><BranchPoints><BranchPoint vc="1" offset="4" path="0" sl="6"/><BranchPoint vc="0" offset="4" path="1" sl="6"/></BranchPoints>
</Method></Methods></Class></Classes><TrackedMethods><TrackedMethod uid="1" name="Tests::ItWorks()"/></TrackedMethods></Module></Modules></CoverageSession>"#;

#[test]
fn opencover_counts_points_and_the_lines_they_start_on() {
    let report = sound(OPENCOVER.as_bytes());
    let file = &report.files["C:\\src\\A.cs"];
    let hits: Vec<(u32, u64)> =
        file.lines.iter().map(|line| (line.number, line.hits.count())).collect();
    assert_eq!(hits, [(3, 2), (6, 5), (7, 0)]);
    assert_eq!(tally(&report, &Dimension::Statements), Some(of(3, 4)));
    assert_eq!(tally(&report, &Dimension::Branches), Some(of(3, 4)));
    assert_eq!(file.counted().get(&Dimension::Branches), Some(of(1, 2)));
    assert_eq!(tally(&report, &Dimension::Functions), Some(of(2, 2)));
    assert_eq!(report.contexts.of("C:\\src\\A.cs", 3).collect::<Vec<_>>(), ["Tests::ItWorks()"]);
    assert_eq!(messages(&report), []);
    let skipped = read(b"<CoverageSession><Modules><Module skippedDueTo=\"MissingPdb\"/></Modules></CoverageSession>");
    assert!(skipped.is_err());
}

#[test]
fn several_opencover_sessions_are_summed() {
    let session = &OPENCOVER[OPENCOVER.find("<CoverageSession>").expect("a root")..];
    let report = sound(format!("<root>{session}{session}</root>").as_bytes());
    let file = &report.files["C:\\src\\A.cs"];
    assert_eq!(file.lines[0].hits, Hits::exactly(4));
    assert_eq!(lines(&report), of(2, 3));
    assert_eq!(tally(&report, &Dimension::Branches), Some(of(3, 4))); // a branch for each method, and two ways
}

#[test]
fn dotcover_counts_statements_and_the_lines_they_span() {
    let statement =
        |at: &str, covered: &str| format!(r#"<Statement FileIndex="1" {at} Covered="{covered}"/>"#);
    let body = [
        statement(r#"Line="3" Column="1" EndLine="5" EndColumn="2""#, "True"),
        statement(r#"Line="5" Column="3" EndLine="6" EndColumn="2""#, "False"),
        statement(r#"Line="0" Column="3" EndLine="6" EndColumn="2""#, "False"),
    ]
    .concat();
    let assembly = format!(
        r#"<Assembly Name="a"><Namespace Name="N"><Type Name="T"><Method Name="M():void">{body}</Method>
        <Method Name="Empty():void"/></Type></Namespace></Assembly>"#
    );
    let text = |assemblies: &str| {
        format!(
            r#"<Root CoveredStatements="1" TotalStatements="2" DotCoverVersion="2023.3"><FileIndices><File Index="1" Name="C:\T.cs"/></FileIndices>
            {assemblies}</Root>"#
        )
    };
    for assemblies in [assembly.clone(), assembly.repeat(2)] {
        let report = sound(text(&assemblies).as_bytes());
        assert_eq!(lines(&report), of(3, 4));
        assert_eq!(tally(&report, &Dimension::Statements), Some(of(1, 2)));
        assert_eq!(tally(&report, &Dimension::Functions), Some(of(1, 1)));
        assert!(
            messages(&report)
                .iter()
                .all(|(_, message)| message.starts_with("a <Statement> without"))
        );
    }
    assert!(read(text("").as_bytes()).is_err());
}

#[test]
fn visual_studio_does_not_count_partial_lines_as_covered() {
    let text = br#"<results><modules><module name="a.dll" blocks_covered="3" blocks_not_covered="1" lines_covered="1"
        lines_partially_covered="1" lines_not_covered="1"><functions><function name="M()" type_name="T" blocks_covered="3" blocks_not_covered="1"
        lines_covered="1" lines_partially_covered="1" lines_not_covered="1"><ranges>
        <range source_id="0" covered="yes" start_line="3" start_column="1" end_line="4" end_column="2"/>
        <range source_id="0" covered="partial" start_line="4" start_column="5" end_line="4" end_column="9"/>
        <range source_id="0" covered="no" start_line="5" start_column="1" end_line="5" end_column="2"/>
        <range source_id="0" covered="maybe" start_line="5" start_column="1" end_line="5" end_column="2"/>
        </ranges></function></functions><source_files><source_file id="0" path="C:\T.cs"/></source_files></module></modules></results>"#;
    let report = sound(text);
    assert_eq!(lines(&report), of(1, 3));
    assert_eq!(report.files["C:\\T.cs"].counted().get(&Dimension::Lines), Some(of(2, 3))); // the partial one ran
    assert_eq!(tally(&report, &Dimension::Regions), Some(of(3, 4)));
    assert_eq!(&*report.files["C:\\T.cs"].functions[0].name, "T.M()");
    assert_eq!(messages(&report).len(), 1);
    assert!(read(b"<results><modules/></results>").is_err());
}

/// Two runs of one assembly: the first covers lines 3 and 4, the second lines 4 and 5 of 3 to 6.
#[test]
fn visual_studios_results_inside_another_root_are_merged() {
    let results = |states: [&str; 4], covered: u32| {
        let range = |(line, covered): (u32, &&str)| {
            format!(
                r#"<range source_id="0" start_line="{line}" start_column="1" end_line="{line}" end_column="9" covered="{covered}"/>"#
            )
        };
        let ranges: String = (3..).zip(&states).map(range).collect();
        let counts = format!(
            r#"blocks_covered="{covered}" blocks_not_covered="{0}" lines_covered="{covered}" lines_partially_covered="0" lines_not_covered="{0}""#,
            4 - covered
        );
        format!(
            r#"<results><modules><module id="A5" name="a.dll" path="a.dll" {counts}><functions><function id="1" token="0x6000001"
            name="M()" namespace="N" type_name="T" {counts}><ranges>{ranges}</ranges></function></functions>
            <source_files><source_file id="0" path="/w/T.cs"/></source_files></module></modules></results>"#
        )
    };
    let (one, two) =
        (results(["yes", "yes", "no", "no"], 2), results(["no", "yes", "yes", "no"], 2));
    for root in ["Root", "merged"] {
        let text =
            format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<{root}>{one}{two}</{root}>");
        let report = sound(text.as_bytes());
        assert_eq!((report.format, messages(&report)), ("vs-coverage", vec![]));
        let hits: Vec<_> = report.files["/w/T.cs"]
            .lines
            .iter()
            .map(|line| (line.number, line.hits.is_hit()))
            .collect();
        assert_eq!(hits, [(3, true), (4, true), (5, true), (6, false)]);
        assert_eq!(
            (lines(&report), tally(&report, &Dimension::Regions)),
            (of(3, 4), Some(of(3, 4)))
        );
    }
    let single = sound(format!("<Root>{one}</Root>").as_bytes());
    assert_eq!((lines(&single), messages(&single)), (of(2, 4), vec![]));
}

#[test]
fn trx_counts_the_rows_of_a_test_and_not_the_test() {
    let text = r#"<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Results>
        <UnitTestResult testId="1" testName="N.T.Plain" outcome="Passed" duration="00:01:02.5"/>
        <UnitTestResult testId="2" testName="Rows" outcome="Failed"><InnerResults>
          <UnitTestResult testId="2" testName="Rows (1)" outcome="Passed"/>
          <UnitTestResult testId="2" testName="Rows (2)" outcome="Failed"><Output><ErrorInfo><Message>no &lt;1&gt;</Message></ErrorInfo></Output></UnitTestResult>
        </InnerResults></UnitTestResult>
        <UnitTestResult testId="3" testName="Skipped" outcome="NotExecuted"/><UnitTestResult testId="4" testName="Slow" outcome="Timeout"/>
        </Results><TestDefinitions><UnitTest id="1"><TestMethod className="N.T, a, Version=1.0"/></UnitTest></TestDefinitions>
        <ResultSummary><Counters total="5" executed="4" passed="2" failed="1" timeout="1"/></ResultSummary></TestRun>"#;
    let report = sound(text.as_bytes());
    let tests = report.tests.as_ref().expect("tests");
    let fates: Vec<(&str, &str, TestStatus)> =
        tests.cases.iter().map(|case| (&*case.suite, &*case.name, case.status)).collect();
    let expected = [
        ("N.T", "Plain", TestStatus::Passed),
        ("", "Rows (1)", TestStatus::Passed),
        ("", "Rows (2)", TestStatus::Failed),
        ("", "Skipped", TestStatus::Skipped),
        ("", "Slow", TestStatus::Error),
    ];
    assert_eq!(fates, expected);
    assert_eq!(tests.cases[0].duration.map(|time| time.as_millis()), Some(62_500));
    assert_eq!(&*tests.cases[2].message, "no <1>");
    assert_eq!(messages(&report), []);
    let nothing = sound(b"<TestRun><Results/></TestRun>");
    assert_eq!(messages(&nothing), [(None, "the report holds no test result")]);
}
