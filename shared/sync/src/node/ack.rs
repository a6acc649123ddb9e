//! What the hub says of the push.

use std::collections::BTreeMap;

use wardbook_base::{DocumentId, Lseq};

use super::aside::{self, Reason, Reasons};
use super::past::Past;
use super::{Context, NodeError, Outcome};
use crate::message::{Refused, Request, Response};
use crate::ports::{LocalRow, NodePort, PortResult};

/// Moves the acknowledged position forward and sets aside what the hub did not take.
pub(super) fn take(
    port: &mut dyn NodePort,
    request: &Request,
    response: &Response,
    ctx: &Context<'_>,
    outcome: &mut Outcome,
) -> Result<(), NodeError> {
    let mut by_document: BTreeMap<DocumentId, Reasons> = BTreeMap::new();
    for refused in &response.refused {
        let row = local_row(port, refused.lseq)?;
        if row.hash != refused.hash || row.notice.is_some() || refused.lseq <= request.push.after {
            return Err(NodeError::BadAnswer("a refused change is not ours"));
        }
        if stands(port, &row)? {
            outcome.refused.push(refused.clone());
            outcome.refused_documents.push(row.document);
            by_document.entry(row.document).or_default().insert(row.hash, reason(refused));
        }
    }
    for (document, roots) in by_document {
        outcome.set_aside += aside::set_aside(port, &document, &roots, ctx.now)?;
    }
    let (acked, _) = port.acked()?;
    if response.acked > acked {
        let row = local_row(port, response.acked)?;
        port.put_acked(response.acked, row.chain)?;
        // The hub leaves its word out where the request carried it: a late answer, from before the
        // hub was put back, then leads there again, and must still be provable.
        let carried = request.push.token.filter(|_| response.acked == request.push.after);
        port.put_ack_token(response.ack_token.or(carried))?;
        outcome.newly_acked = response.acked.0 - acked.0;
        outcome.acked = response.acked;
    } else if response.acked == acked && response.ack_token.is_some() {
        port.put_ack_token(response.ack_token)?;
    }
    Ok(())
}

fn reason(refused: &Refused) -> Reason {
    Reason { code: refused.code.clone(), because_of: refused.because_of }
}

/// Whether a refused change is part of its document here. One that was set aside before is not,
/// and one that is in the feed all the same came there by another way.
fn stands(port: &dyn NodePort, row: &LocalRow) -> PortResult<bool> {
    if port.change_meta(&row.document, &row.hash)?.is_none() {
        return Ok(false);
    }
    Ok(!Past::of(port, &row.document)?.names(&row.hash))
}

fn local_row(port: &dyn NodePort, lseq: Lseq) -> Result<LocalRow, NodeError> {
    let before = Lseq(lseq.0.wrapping_sub(1));
    let row = port.local_rows(before, 1)?.into_iter().next();
    row.filter(|row| row.lseq == lseq).ok_or(NodeError::BadAnswer("a position is not ours"))
}
