//! Two ends edit the same records while the line is cut; the line comes back; one truth.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use wardbook_tests::city;
use wardbook_tests::harness::{Api, Town};

/// The values of a conflict on one field, as the API shows them; empty when there is none.
async fn conflict_values(api: &Api, document: &str, path: &str) -> BTreeSet<String> {
    let conflicts = api.get("/conflicts").await;
    let cards = conflicts["conflicts"].as_array().expect("conflicts").clone();
    cards
        .iter()
        .filter(|card| card["document"] == json!(document))
        .flat_map(|card| card["fields"].as_array().cloned().unwrap_or_default())
        .filter(|field| field["path"] == json!(path))
        .flat_map(|field| field["values"].as_array().cloned().unwrap_or_default())
        .map(|value| value["value"].as_str().unwrap_or_default().to_owned())
        .collect()
}

async fn set(api: &Api, id: &str, fields: &[(&str, &str)]) {
    api.set(id, fields).await.expect("an answer").ok();
}

fn field<'a>(person: &'a Value, path: &str) -> &'a Value {
    &person["values"][path]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_city_merges_into_one_truth_and_shows_what_is_in_dispute() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut town = Town::found(folder.path(), "Thành phố Tân Uyên", "723").await;
    let wards = town.wards().await;
    assert_eq!(wards.len(), 12);

    // The twelve workbooks go in through the nodes; the first ward has two nodes.
    let workbooks = city::write_tan_uyen(&folder.path().join("workbooks")).expect("workbooks");
    for (ward, workbook) in &workbooks {
        let index = town.join(&format!("node-{ward}"), ward).await;
        let imported = town.nodes[index].import(workbook).await;
        assert_eq!(imported["skipped"], json!(0), "{ward}: {imported}");
        town.nodes[index].sync_until_equal().await;
    }
    let first_ward = town.nodes[0].ward.clone();
    let second = town.join("party-office", &first_ward).await;
    town.nodes[second].sync_until_equal().await;
    assert_eq!(town.nodes[second].status().await["people"], town.nodes[0].status().await["people"]);

    // The city's figures, before anybody edits.
    check_report(&town).await;

    // Lines cut; the same and different fields of the same records at three ends.
    for index in [0, second] {
        town.nodes[index].start().await.expect("the node serves");
        town.nodes[index].line.cut();
    }
    let (a, b, hub) = (town.nodes[0].api(), town.nodes[second].api(), town.hub.api());
    let people = a.people("limit=20").await;
    let (shared, other, quiet) = (&people[0], &people[1], &people[2]);
    set(&a, shared, &[("phone", "0901111111"), ("email", "a@example.vn")]).await;
    set(&b, shared, &[("phone", "0902222222"), ("bank_account", "B-1")]).await;
    set(&hub, shared, &[("phone", "0903333333"), ("tax_code", "H-1")]).await;
    set(&a, other, &[("strength", "Tin học")]).await;
    set(&b, other, &[("longest_job", "Văn thư")]).await;
    set(&hub, quiet, &[("email", "city@example.vn")]).await;
    assert_eq!(town.nodes[0].run(&["sync"]).await.code, Some(4), "a cut line is told apart");
    let offline = town.nodes[0].status().await;
    assert_eq!(offline["waiting"], json!(2), "{offline}");
    assert_ne!(offline["state"], json!("synced"), "{offline}");

    for index in [0, second] {
        town.nodes[index].line.restore();
    }
    for index in [0, second, 0, second] {
        town.nodes[index].sync_until_equal().await;
    }

    // Equal digests at all three ends, and nobody's edit is gone.
    let digests = [
        town.hub_digest(&first_ward).await,
        town.nodes[0].status().await["digest"].clone(),
        town.nodes[second].status().await["digest"].clone(),
    ];
    assert_eq!(digests[0], digests[1]);
    assert_eq!(digests[0], digests[2]);
    for api in [&a, &b, &hub] {
        let person = api.person(shared).await;
        assert_eq!(field(&person, "email"), "a@example.vn");
        assert_eq!(field(&person, "bank_account"), "B-1");
        assert_eq!(field(&person, "tax_code"), "H-1");
        let person = api.person(other).await;
        assert_eq!(field(&person, "strength"), "Tin học");
        assert_eq!(field(&person, "longest_job"), "Văn thư");
        assert_eq!(field(&api.person(quiet).await, "email"), "city@example.vn");
    }

    // The dispute is shown at every end with all its values; the hub settles it; it is closed everywhere.
    let all = BTreeSet::from(["0901111111", "0902222222", "0903333333"].map(str::to_owned));
    for api in [&a, &b, &hub] {
        assert_eq!(conflict_values(api, shared, "phone").await, all);
        assert!(conflict_values(api, shared, "email").await.is_empty());
    }
    let conflicts = hub.get("/conflicts").await;
    let card = conflicts["conflicts"]
        .as_array()
        .and_then(|c| c.iter().find(|c| c["document"] == json!(shared)));
    let values = card.expect("the card")["fields"][0]["values"].as_array().expect("values").clone();
    let chosen = values.iter().find(|v| v["value"] == "0902222222").expect("the value");
    assert!(values.iter().all(|v| !v["who"].as_str().unwrap_or_default().is_empty()), "{values:?}");
    let heads = hub.person(shared).await["heads"].clone();
    let choice =
        json!({"base_heads": heads, "choices": [{"path": "phone", "hash": chosen["hash"]}]});
    hub.post(&format!("/people/{shared}/resolve"), &choice).await;
    for index in [0, second] {
        town.nodes[index].sync_until_equal().await;
    }
    for api in [&a, &b, &hub] {
        assert_eq!(field(&api.person(shared).await, "phone"), "0902222222");
        assert!(conflict_values(api, shared, "phone").await.is_empty());
    }
    check_report(&town).await;
}

/// `wardbook-hub report` prints exactly the figures of seed S1 (domain text, F08-F15).
async fn check_report(town: &Town) {
    let report = town.hub.run(&["report", "--as-of", "2025-06-30"]).await.ok().json();
    assert_eq!(report["totals"], json!({"people": 2886, "leaders": 244}), "{report}");
    let leaders = |dimension: &str| {
        let rows = report["breakdowns"][dimension]
            .as_array()
            .unwrap_or_else(|| panic!("{dimension} in {report}"));
        rows.iter()
            .map(|row| {
                (
                    row["key"].as_str().expect("a key").to_owned(),
                    row["leaders"].as_u64().expect("a count"),
                )
            })
            .filter(|(_, n)| *n > 0)
            .collect::<std::collections::BTreeMap<String, u64>>()
    };
    let expected = [("ts", 1), ("ths", 41), ("dh", 198), ("cd", 3), ("tc", 1)];
    assert_eq!(leaders("qualification"), expected.map(|(k, n)| (k.to_owned(), n)).into());
    let political = leaders("political_theory");
    assert_eq!(political.values().sum::<u64>(), 244);
    assert_eq!(political.get("cao_cap"), Some(&85), "{political:?}");
    assert_eq!(political.get("trung_cap"), Some(&157), "{political:?}");
}
