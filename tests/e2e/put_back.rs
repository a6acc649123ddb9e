//! A transfer whose hub is put back to before the yes: whoever heard of it, nobody is lost.

use wardbook_tests::harness::{copy_data, empty_folder};

use crate::custody::{sync_all, town_of};
use crate::transfer::{answer, counts, enter, is_here, own_list, waiting};

/// The hub is put back to before the yes, after these nodes had heard of it.
async fn put_back(heard: &[usize]) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut town = town_of(folder.path(), 2).await;
    let before = counts(&town).await;
    let person = own_list(&town.nodes[0]).await[0].clone();
    let ward = town.nodes[1].ward.clone();
    enter(&town.nodes[0], "transfer_out", &person, &[("to_ward", &ward)]).await;
    sync_all(&town).await;
    let copy = folder.path().join("before");
    town.hub.kill().await;
    assert!(copy_data(&town.hub.data, &copy));
    town.hub.start().await.expect("the hub serves");

    answer(&town, &waiting(&town).await[0], true).await.ok();
    for index in heard {
        town.nodes[*index].sync_until_equal().await;
    }
    town.hub.kill().await;
    empty_folder(&town.hub.data);
    assert!(copy_data(&copy, &town.hub.data));
    town.hub.start().await.expect("the hub serves");
    sync_all(&town).await;
    sync_all(&town).await;

    let asked = waiting(&town).await;
    if heard.is_empty() {
        // Nobody had acted on it: the officer is asked again.
        assert_eq!(asked.len(), 1, "{asked:?}");
        answer(&town, &asked[0], true).await.ok();
        sync_all(&town).await;
    } else {
        assert!(asked.is_empty(), "what was decided stands: {asked:?}");
    }
    assert!(is_here(&town.nodes[1], &person).await, "{heard:?}");
    assert!(!own_list(&town.nodes[0]).await.contains(&person), "{heard:?}");
    assert_eq!(counts(&town).await, before, "{heard:?}");
    town.nodes[1].api().set(&person, &[("phone", "0902222222")]).await.expect("an answer").ok();
    sync_all(&town).await;
    town.hub.run(&["audit"]).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_put_back_between_yes_and_pull_loses_nobody() {
    put_back(&[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_put_back_after_the_new_ward_pulled_loses_nobody() {
    put_back(&[1]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_put_back_after_the_old_ward_pulled_loses_nobody() {
    put_back(&[0]).await;
}
