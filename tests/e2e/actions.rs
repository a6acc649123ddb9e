//! Personnel actions by command: the same table, engine and refusals as the forms.

use serde_json::{Value, json};

use crate::custody::town_of;
use crate::transfer::{action, own_list, told};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn actions_by_command_are_those_of_the_forms() {
    let folder = tempfile::tempdir().expect("a folder");
    let town = town_of(folder.path(), 1).await;
    let node = &town.nodes[0];
    let person = own_list(node).await[0].clone();
    let listed = node.run(&["actions"]).await.ok().json();
    let all = listed["actions"].as_array().expect("actions").clone();
    let known = |key: &str| all.iter().any(|action| action["key"] == json!(key));
    assert!(all.len() >= 30 && known("reward") && known("ask_in") && !known("plan"), "{all:?}");
    let boxes = node.run(&["actions", "reward"]).await.ok().json();
    assert!(boxes["actions"][0]["inputs"].to_string().contains("decision_no"), "{boxes}");

    let reward = [("form", "giay_khen"), ("content", "Chuyển đổi số"), ("decision_no", "7/QĐ")];
    let words = action("reward", &person, &reward);
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    let awards = |values: &Value| {
        let keys = values.as_object().expect("values").keys();
        keys.filter(|key| key.starts_with("awards/") && key.ends_with("/form")).count()
    };
    words.push("--dry-run");
    let checked = node.run(&words).await.ok().json();
    assert_eq!((&checked["event"], &checked["change"]), (&json!("action"), &Value::Null));
    assert_eq!(awards(&node.api().person(&person).await["values"]), 0, "only checked");
    words.pop();
    let done = node.run(&words).await.ok().json();
    assert!(done["change"].is_string() && !done["lines"].as_array().expect("lines").is_empty());
    assert_eq!(awards(&node.api().person(&person).await["values"]), 1);

    // Refused like the forms refuse, with the boxes by name; wrong use and unknown names apart.
    let again = node.run(&words).await;
    assert_eq!((again.code, again.stderr.contains("decision_no")), (Some(3), true), "{again:?}");
    let wrong =
        node.run(&["action", "reward", "--person", &person, "--set", "effective=31/02/2025"]).await;
    assert_eq!((wrong.code, wrong.stderr.contains("[effective]")), (Some(3), true), "{wrong:?}");
    for (words, code) in [
        (vec!["action", "reward", "--person", person.as_str(), "--set", "khong-co-dau-bang"], 2),
        (vec!["action", "reward"], 2),
        (vec!["action", "khong_co", "--person", person.as_str()], 3),
        (vec!["action", "reward", "--person", "079000000000"], 3),
        (vec!["actions", "khong_co"], 3),
    ] {
        let got = node.run(&words).await;
        assert_eq!(got.code, Some(code), "{words:?}: {got:?}");
    }
    // A rule that blocks, blocks here too; one that warns wants its reason.
    let wait = [("until", "01/01/2035"), ("to_ward", "25891"), ("decision_no", "8/QĐ")];
    let long = action("second", &person, &wait);
    let long = node.run(&long.iter().map(String::as_str).collect::<Vec<_>>()).await;
    assert_eq!(long.code, Some(3), "longer than three years: {long:?}");

    // Asking for somebody is checked the same way, and nothing is sent.
    let who = [
        ("person_id_no", "096199000001"),
        ("full_name", "Nguyễn Văn Khác"),
        ("birth_date", "01/02/1990"),
    ];
    let ask = action("ask_in", "", &who);
    let mut ask: Vec<&str> = ask.iter().map(String::as_str).collect();
    ask.push("--dry-run");
    let checked = node.run(&ask).await.ok().json();
    assert_eq!(checked["written"], json!(false));
    assert_eq!(told(node).await["requests"], json!([]), "only checked");
    ask.pop();
    assert_eq!(node.run(&ask).await.ok().json()["written"], json!(true));
    assert_eq!(told(node).await["requests"].as_array().map(Vec::len), Some(1));
    ask.push("--dry-run");
    let twice = node.run(&ask).await;
    assert_eq!(twice.code, Some(3), "it waits already: {twice:?}");
}
