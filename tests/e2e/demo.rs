//! The demo itself: it comes up with the whole city in it, says where, and ends cleanly.

use wardbook_tests::harness::{Program, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_comes_up_with_the_whole_city_and_says_where() {
    let shown = run(Program::Demo, &["--once"]).await.ok().stdout;
    for words in [
        "City hub:  http://127.0.0.1:",
        "van-phong-dang-uy",
        "sign-in admin /",
        "Cut and restore the lines",
    ] {
        assert!(shown.contains(words), "no {words:?} in:\n{shown}");
    }
    assert_eq!(shown.matches("Ward 25888.1").count(), 2, "two nodes of the first ward:\n{shown}");
}
