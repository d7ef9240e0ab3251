//! Ready views.

use datafusion::prelude::SessionContext;

use crate::SqlError;

/// The answers that count: those that the formula took; where none has, those given last. And of months whose cases were
/// dropped, their sums.
const SCORES_MONTHLY: &str = "
CREATE VIEW scores_monthly AS
WITH counted AS (
    SELECT city, CAST(to_char(score_day, '%Y-%m') AS VARCHAR) AS month,
           CAST(coalesce(score_unit, unit) AS VARCHAR) AS unit,
           reached,
           CASE WHEN score_formula IS NULL THEN contacted ELSE score_contacted END AS contacted,
           CASE WHEN score_formula IS NULL THEN solved ELSE score_solved END AS solved,
           CASE WHEN score_formula IS NULL THEN satisfied ELSE score_satisfied END AS satisfied
    FROM cases
    WHERE score_day IS NOT NULL AND score_excluded IS NULL
), summed AS (
    SELECT city, month, unit,
           count(*) FILTER (WHERE reached) AS assessed,
           count(*) FILTER (WHERE reached AND contacted) AS contacted,
           count(*) FILTER (WHERE reached AND contacted IS NOT NULL) AS contacted_of,
           count(*) FILTER (WHERE reached AND solved) AS solved,
           count(*) FILTER (WHERE reached AND solved IS NOT NULL) AS solved_of,
           count(*) FILTER (WHERE reached AND satisfied) AS satisfied,
           count(*) FILTER (WHERE reached AND satisfied IS NOT NULL) AS satisfied_of,
           count(*) FILTER (WHERE reached IS NOT TRUE) AS unreached
    FROM counted GROUP BY city, month, unit
    UNION ALL
    SELECT city, CAST(score_month AS VARCHAR), CAST(unit AS VARCHAR),
           CAST(sum(assessed) AS BIGINT), CAST(sum(contacted) AS BIGINT), CAST(sum(contacted_of) AS BIGINT),
           CAST(sum(solved) AS BIGINT), CAST(sum(solved_of) AS BIGINT), CAST(sum(satisfied) AS BIGINT),
           CAST(sum(satisfied_of) AS BIGINT), CAST(sum(unreached) AS BIGINT)
    FROM rollups WHERE score_month IS NOT NULL GROUP BY city, score_month, unit
)
SELECT city, month, unit,
       sum(assessed) AS assessed,
       sum(contacted) AS contacted, sum(contacted_of) AS contacted_of,
       sum(solved) AS solved, sum(solved_of) AS solved_of,
       sum(satisfied) AS satisfied, sum(satisfied_of) AS satisfied_of,
       sum(unreached) AS unreached,
       CAST(sum(contacted) AS DOUBLE) / nullif(sum(contacted_of), 0) AS response,
       CAST(sum(solved) AS DOUBLE) / nullif(sum(solved_of), 0) AS resolution,
       CAST(sum(satisfied) AS DOUBLE) / nullif(sum(satisfied_of), 0) AS satisfaction
FROM summed
WHERE unit IS NOT NULL
GROUP BY city, month, unit";

/// Makes them.
pub(crate) async fn create(context: &SessionContext) -> Result<(), SqlError> {
    context.sql(SCORES_MONTHLY).await?.collect().await?;
    Ok(())
}
