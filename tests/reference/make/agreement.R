# References of the agreement room: multilevel, psych, lme4 and base R. Run from the folder tests/reference.
if (basename(getwd()) == "make") setwd("..")
source("make/people.R")
suppressMessages({library(multilevel); library(psych); library(lme4)})
data(cohesion); data(lq2002)
bliese <- "Bliese, multilevel: data set cohesion"
cohesion$team <- paste0(cohesion$UNIT, cohesion$PLATOON)
items <- paste0("COH0", 1:5)
cohesion_data <- list(columns = c(list(team = cohesion$team), as.list(cohesion[items])))
complete <- na.omit(cohesion[c("team", items)])
means <- function(d, columns) tapply(rowMeans(d[columns]), d$team, mean)
nulls <- list(uniform = 2, slight = 1.34, moderate = .9, heavy = .44, triangular = 1.32, normal = 1.04)

table_of <- function(term, group, n, mean, estimate) Map(function(g, k, m, e)
  list(term = term, group = g, n = k, mean = m, estimate = e), as.character(group), n, mean, estimate) |> unname()
fit_of <- function(x, bound = .70, below = FALSE, y = as.vector(x)) list(n_groups = sum(!is.na(x)), mean_estimate = mean(x, na.rm = TRUE),
  median_estimate = median(x, na.rm = TRUE), share_sufficient = mean(if (below) na.omit(y) <= bound else na.omit(y) >= bound))

one <- cohesion[!is.na(cohesion$COH01), ]
for (null in names(nulls)) {
  r <- rwg(cohesion$COH01, cohesion$team, ranvar = nulls[[null]])
  truth("agreement", paste0("rwg_", null), "rwg", paste("one item, four teams, null distribution", null), cohesion_data,
    list(item = "COH01", group = "team", null = null, scale = c(1, 5)),
    table_of("COH01", r$grpid, r$gsize, tapply(one$COH01, one$team, mean), r$rwg), fit_of(r$rwg),
    list(n_used = nrow(one)), "multilevel::rwg(x, team, ranvar)", bliese, "multilevel")
  r <- rwg.j(cohesion[items], cohesion$team, ranvar = nulls[[null]])
  truth("agreement", paste0("rwg_j_", null), "rwg_j", paste("five items, four teams, null distribution", null),
    cohesion_data, list(items = items, group = "team", null = null, scale = c(1, 5)),
    table_of("rwg(j)", r$grpid, r$gsize, means(complete, items), r$rwg.j), fit_of(r$rwg.j), list(n_used = nrow(complete)),
    "multilevel::rwg.j(x, team, ranvar)", bliese, "multilevel")
}
r <- rwg.j.lindell(cohesion[items], cohesion$team, ranvar = 2)
truth("agreement", "rwg_j_lindell", "rwg_j", "r*wg(j) of five items", cohesion_data,
  list(items = items, group = "team", scale = c(1, 5), kind = "lindell"),
  table_of("r*wg(j)", r$grpid, r$gsize, means(complete, items), r$rwg.lindell), fit_of(r$rwg.lindell), NULL,
  "multilevel::rwg.j.lindell(x, team, ranvar = 2)", bliese, "multilevel")
r <- awg(cohesion[items], cohesion$team, range = c(1, 5))
truth("agreement", "awg_items", "awg", "awg of five items; items near an end of the scale left out", cohesion_data,
  list(items = items, group = "team", scale = c(1, 5)),
  table_of("awg", r$grpid, r$nraters, means(complete, items), r$a.wg), fit_of(r$a.wg), NULL,
  "multilevel::awg(x, team, range = c(1, 5))", bliese, "multilevel")
for (around in c("mean", "median")) {
  r <- ad.m(cohesion[items], cohesion$team, type = around)
  truth("agreement", paste0("average_deviation_", around), "average_deviation", paste("AD around the", around),
    cohesion_data, list(items = items, group = "team", around = around, scale = c(1, 5)),
    table_of(paste0("AD (", around, ")"), r$grpid, r$gsize, means(complete, items), r$AD.M), fit_of(r$AD.M, 5 / 6, TRUE),
    NULL, "multilevel::ad.m(x, team, type)", bliese, "multilevel")
}

# Ten answer options and a group of one, by the formula.
ten <- data.frame(team = c("a", "a", "a", "b", "b", "c"), mark = c(7, 8, 9, 2, 10, 5))
v <- tapply(ten$mark, ten$team, var); value <- pmax(1 - v / 5.09, 0)
truth("agreement", "rwg_ten_options", "rwg", "ten options, moderate skew, a truncated team and a team of one",
  list(columns = as.list(ten)), list(item = "mark", group = "team", null = "moderate", scale = c(1, 10)),
  table_of("mark", names(v), c(3, 2, 1), tapply(ten$mark, ten$team, mean), unname(value)), fit_of(value),
  list(n_used = 5, n_excluded = 1, n_truncated = 1), "pmax(1 - tapply(mark, team, var) / 5.09, 0)",
  "null variance as in the R package WGA and Stata ira 0.1.0, which cite LeBreton and Senter (2008)")

# ICC over groups: unequal sizes, by ANOVA and by REML.
lq <- lq2002[lq2002$COMPID %in% sort(unique(lq2002$COMPID))[1:8], c("COMPID", paste0("LEAD0", 1:9), "LEAD10", "LEAD11")]
write.csv(lq, "data/lq2002_part.csv", row.names = FALSE)
lq_data <- list(csv = "data/lq2002_part.csv")
leads <- c("LEAD01", "LEAD02", "LEAD03")
icc_anova <- function(x, g, size, level = .95) {
  a <- summary(aov(x ~ factor(g)))[[1]]; msb <- a[1, 3]; msw <- a[2, 3]; f <- msb / msw; df <- a[, 1]; p <- (1 + level) / 2
  n <- table(g); k <- switch(size, mean = mean(n), harmonic = length(n) / sum(1 / n),
    k0 = (sum(n) - sum(n^2) / sum(n)) / (length(n) - 1))
  fs <- c(f, f / qf(p, df[1], df[2]), f * qf(p, df[2], df[1]))
  one <- (fs - 1) / (fs + k - 1); two <- 1 - 1 / fs
  list(table = list(
    list(term = "ICC(1)", estimate = one[1], conf_low = one[2], conf_high = one[3], statistic = f, df = df[1], df2 = df[2],
      p_value = a[1, 5]),
    list(term = "ICC(2)", estimate = two[1], conf_low = two[2], conf_high = two[3], statistic = NA, df = NA, df2 = NA,
      p_value = NA)),
    fit = list(ms_between = msb, ms_within = msw, n_groups = length(n), group_size = k))
}
for (size in c("mean", "k0", "harmonic")) {
  r <- icc_anova(lq$LEAD01, lq$COMPID, size)
  truth("agreement", paste0("icc_groups_anova_", size), "icc_groups", paste("eight companies, group size:", size), lq_data,
    list(item = "LEAD01", group = "COMPID", size = size), r$table, r$fit, list(n_used = nrow(lq)),
    "aov(LEAD01 ~ factor(COMPID)); (F - 1) / (F + k - 1), 1 - 1 / F; F interval",
    "Bliese, multilevel: data set lq2002, first eight companies", "multilevel")
}
stopifnot(abs(ICC1(aov(LEAD01 ~ factor(COMPID), lq)) - icc_anova(lq$LEAD01, lq$COMPID, "mean")$table[[1]]$estimate) < 1e-12)
r <- icc_anova(cohesion$COH01, cohesion$team, "mean", .9)
truth("agreement", "icc_groups_cohesion", "icc_groups", "four small teams, 90% interval", cohesion_data,
  list(item = "COH01", group = "team", conf_level = .9), r$table, r$fit, NULL, "aov(COH01 ~ team)", bliese, "multilevel")
deviance_at <- lmer(LEAD01 ~ 1 + (1 | COMPID), lq, devFunOnly = TRUE)
best <- optimize(deviance_at, c(0, 2), tol = 1e-12)$minimum
ends <- c(uniroot(function(t) deviance_at(t) - deviance_at(best) - qchisq(.95, 1), c(1e-9, best), tol = 1e-13)$root,
  uniroot(function(t) deviance_at(t) - deviance_at(best) - qchisq(.95, 1), c(best, 5), tol = 1e-13)$root)
k <- mean(table(lq$COMPID)); ratio <- c(best, ends)^2
model <- lmer(LEAD01 ~ 1 + (1 | COMPID), lq, control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10)))
vc <- as.data.frame(VarCorr(model))$vcov; test <- icc_anova(lq$LEAD01, lq$COMPID, "mean")$table[[1]]
truth("agreement", "icc_groups_reml", "icc_groups", "eight companies by REML with profile-likelihood interval", lq_data,
  list(item = "LEAD01", group = "COMPID", method = "reml"), list(
    list(term = "ICC(1)", estimate = (ratio / (1 + ratio))[1], conf_low = (ratio / (1 + ratio))[2],
      conf_high = (ratio / (1 + ratio))[3], statistic = test$statistic, df = test$df, df2 = test$df2, p_value = test$p_value),
    list(term = "ICC(2)", estimate = (k * ratio / (1 + k * ratio))[1], conf_low = (k * ratio / (1 + k * ratio))[2],
      conf_high = (k * ratio / (1 + k * ratio))[3])),
  list(variance_between = vc[1], variance_within = vc[2], n_groups = 8, group_size = k), NULL,
  "lmer(LEAD01 ~ 1 + (1 | COMPID), devFunOnly = TRUE); uniroot at minimum + 3.84", "Bates et al. (2015), lme4",
  c("lme4", "multilevel"), list(default = 1e-6))

# The aggregation table.
spread <- function(term, choice, x, enough) list(term = term, choice = choice, n = length(x), estimate = mean(x),
  median = median(x), minimum = min(x), maximum = max(x), share = mean(enough))
aggregation <- function(d, columns, null, level = .95, bound = .7) {
  rows <- lapply(null, function(z) { x <- rwg.j(d[columns], d$COMPID, ranvar = nulls[[z]])$rwg.j
    spread("rwg(j)", z, x, x >= bound) })
  ad <- ad.m(d[columns], d$COMPID)$AD.M
  icc <- icc_anova(rowMeans(d[columns]), d$COMPID, "mean", level)$table
  c(rows, list(spread("AD", "mean", ad, ad <= 5 / 6)), icc)
}
truth("agreement", "aggregation_scale", "aggregation", "three leadership items of eight companies", lq_data,
  list(items = leads, group = "COMPID", scale = c(1, 5)), aggregation(lq, leads, c("uniform", "slight")), NULL,
  list(decision = "justified", n_used = nrow(lq)), "multilevel::rwg.j, ad.m; aov(rowMeans(x) ~ factor(COMPID))",
  "Bliese, multilevel: data set lq2002, first eight companies", "multilevel")

for (bound in c(.85, .5)) truth("agreement", paste0("aggregation_bounds_", bound * 100), "aggregation", paste("other bounds, 90%:", bound), lq_data,
  list(items = leads, group = "COMPID", scale = c(1, 5), agreement_bound = bound, reliability_bound = .95, conf_level = .9),
  aggregation(lq, leads, c("uniform", "slight"), .9, bound), NULL, list(decision = if (bound > .8) "not_justified" else "inconclusive"),
  "multilevel::rwg.j, ad.m; aov(rowMeans(x) ~ factor(COMPID))", "Bliese, multilevel: data set lq2002, first eight companies", "multilevel")

# Raters.
sf <- matrix(c(9, 2, 5, 8, 6, 1, 3, 2, 8, 4, 6, 8, 7, 1, 2, 6, 10, 5, 6, 9, 6, 2, 4, 7), ncol = 4, byrow = TRUE)
sf_data <- list(columns = list(target = rep(1:6, each = 4), judge = rep(c("a", "b", "c", "d"), 6), rating = c(t(sf))))
truth("agreement", "icc_raters_printed", "icc_raters", "the printed coefficients of six targets and four judges", sf_data,
  list(targets = "target", raters = "judge", ratings = "rating"), Map(function(t, e) list(term = t, estimate = e),
    c("ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)"), c(.17, .29, .71, .44, .62, .91)) |> unname(), NULL, NULL, "printed",
  "Shrout and Fleiss (1979), Psychological Bulletin 86, Table 4", character(), list(default = list(abs = .006)), kind = "paper")
for (level in c(.95, .9)) {
  r <- ICC(sf, alpha = 1 - level, lmer = FALSE)$results
  truth("agreement", paste0("icc_raters_", level * 100), "icc_raters", paste("six targets, four judges,", level * 100, "%"),
    list(columns = list(target = rep(1:6, each = 4), judge = rep(c("a", "b", "c", "d"), 6), rating = c(t(sf)))),
    list(targets = "target", raters = "judge", ratings = "rating", conf_level = level),
    Map(function(term, i) list(term = term, estimate = r$ICC[i], statistic = r$F[i], df = r$df1[i], df2 = r$df2[i],
      p_value = r$p[i], conf_low = r[i, 7], conf_high = r[i, 8]),
      c("ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)"), 1:6) |> unname(),
    list(n_targets = 6, n_raters = 4), list(n_used = 24), "psych::ICC(x, lmer = FALSE)", "Shrout and Fleiss (1979)", "psych")
}

# Rank agreement: chi-square from friedman.test, W = chi-square / (m (k - 1)).
marks <- attitude[1:12, c("rating", "complaints", "privileges", "learning")]
marks$privileges[3] <- marks$rating[3]; marks$learning[5] <- marks$complaints[5]
f <- friedman.test(as.matrix(marks)); s <- cor(t(marks), method = "spearman")
truth("agreement", "rank_agreement", "rank_agreement", "twelve departments rank four attributes, two with ties",
  list(columns = as.list(marks)), list(items = names(marks)), c(list(
    list(term = "kendall_w", part = "agreement", estimate = f$statistic[[1]] / (12 * 3), statistic = f$statistic[[1]],
      df = 3, p_value = f$p.value),
    list(term = "mean_spearman", part = "agreement", estimate = mean(s[lower.tri(s)]))),
    lapply(names(marks), function(i) list(term = i, part = "mean_rank", estimate = mean(apply(marks, 1, rank)[i, ])))), NULL,
  list(n_used = 12), "friedman.test(x); cor(t(x), method = 'spearman'); apply(x, 1, rank)", "R datasets::attitude")

# Coders: Gwet's data, by the definitions written out in loops; his printed values are held beside them.
raw <- matrix(c(1,1,NA,1, 2,2,3,2, 3,3,3,3, 3,3,3,3, 2,2,2,2, 1,2,3,4, 4,4,4,4, 1,1,2,1, 2,2,2,2, NA,5,5,5, NA,NA,1,1,
  NA,NA,3,NA), ncol = 4, byrow = TRUE, dimnames = list(NULL, c("a", "b", "c", "d")))
w_of <- function(level, q = 5) outer(1:q, 1:q, function(k, l) switch(level, nominal = 1 * (k == l),
  ordinal = 1 - choose(abs(k - l) + 1, 2) / choose(q, 2), interval = 1 - (k - l)^2 / (q - 1)^2))
counts <- t(apply(raw, 1, function(x) tabulate(x, 5))); r_i <- rowSums(counts); n <- nrow(raw); two <- r_i >= 2
coef_rows <- function(level) {
  w <- w_of(level)
  pa_i <- sapply(1:n, function(i) { x <- na.omit(raw[i, ]); if (length(x) < 2) return(0)
    p <- expand.grid(seq_along(x), seq_along(x)); p <- p[p[, 1] != p[, 2], ]; mean(w[cbind(x[p[, 1]], x[p[, 2]])]) })
  pa <- sum(pa_i) / sum(two); share <- counts / r_i; pi <- colMeans(share)
  one <- function(term, pe, pe_i) {
    g <- (pa - pe) / (1 - pe); g_i <- n / sum(two) * (pa_i - pe * two) / (1 - pe) - 2 * (1 - g) * (pe_i - pe) / (1 - pe)
    finish(term, g, sqrt(sum((g_i - g)^2) / (n * (n - 1))), n, pe)
  }
  # Conger: chance agreement is the mean over pairs of different coders; its influence by the jackknife limit, numerically.
  conger <- function(weight) { m <- sapply(1:4, function(g) { v <- !is.na(raw[, g])
      tapply(weight[v], factor(raw[v, g], 1:5), sum, default = 0) / sum(weight[v]) })
    s <- 0; for (g in 1:4) for (h in 1:4) if (g != h) s <- s + sum(w * outer(m[, g], m[, h])); s / 12 }
  pe_c <- conger(rep(1, n)); h <- 1e-6
  inf <- sapply(1:n, function(i) (conger(1 + n * h * (1:n == i)) - conger(1 - n * h * (1:n == i))) / (2 * h))
  inf <- inf - mean(inf)
  list(one_percent(pa, pa_i), one("brennan_prediger", sum(w) / 25, sum(w) / 25),
    one(if (level == "nominal") "gwet_ac1" else "gwet_ac2", sum(w) / 20 * sum(pi * (1 - pi)),
      as.vector(sum(w) / 20 * share %*% (1 - pi))),
    one("fleiss", sum(w * outer(pi, pi)), as.vector(share %*% w %*% pi)),
    one("conger", pe_c, pe_c + inf / 2), alpha(level))
}
one_percent <- function(pa, pa_i) finish("percent", pa, sqrt(sum((n / sum(two) * pa_i - pa)^2) / (n * (n - 1))), n, NA)
conf <- .95
finish <- function(term, g, se, n, pe) { t <- qt((1 + conf) / 2, n - 1)
  list(term = term, n = n, estimate = g, std_error = se, statistic = g / se, df = n - 1,
    p_value = 2 * pt(-abs(g / se), n - 1), conf_low = g - t * se, conf_high = min(1, g + t * se), expected = pe) }
alpha <- function(level) {
  x <- counts[two, ]; m <- rowSums(x); n_c <- colSums(x); total <- sum(m)
  d <- switch(level, nominal = 1 - diag(5), interval = outer(1:5, 1:5, "-")^2,
    ordinal = outer(1:5, 1:5, Vectorize(function(c, k) (sum(n_c[c:k]) - (n_c[c] + n_c[k]) / 2)^2)))
  coincidence <- Reduce("+", lapply(seq_along(m), function(u) (outer(x[u, ], x[u, ]) - diag(x[u, ])) / (m[u] - 1)))
  a <- 1 - (total - 1) * sum(coincidence * d) / sum(outer(n_c, n_c) * d)
  w <- 1 - d / max(d); mean_m <- mean(m); k <- length(m)
  own <- rowSums(x * (x %*% w - 1)) / (mean_m * (m - 1)); prime <- mean(own); pi <- colMeans(x / mean_m)
  pe <- sum(w * outer(pi, pi)); ap <- (prime - pe) / (1 - pe); extra <- (m - mean_m) / mean_m
  a_i <- (own - prime * extra - pe) / (1 - pe) - 2 * (1 - ap) * (x %*% w %*% pi / mean_m - pe * extra - pe) / (1 - pe)
  finish("krippendorff", a, sqrt(sum((a_i - ap)^2) / (k * (k - 1))), k, pe)
}
printed <- list(nominal = c(.81818, .77273, .77544, .76117, .76282, .74342))
for (level in c("nominal", "ordinal", "interval")) {
  rows <- coef_rows(level)
  if (level == "nominal") stopifnot(all(abs(sapply(rows, `[[`, "estimate") - printed$nominal) < 6e-6),
    all(abs(sapply(rows, `[[`, "std_error")[1:5] - c(.12561, .14472, .14295, .15302, .14917)) < 6e-6))
  truth("agreement", paste0("coders_", level), "coders", paste("twelve units, four coders, missing codes,", level),
    list(columns = lapply(as.data.frame(raw), identity)), list(level = level, interval = "t"), rows, NULL, list(n_used = 12),
    "definitions in loops (pairs of codes, coincidence matrix); chance agreement of Conger by numerical influence",
    "Gwet (2014), irrCAC data set cac.raw4raters and its printed values; Krippendorff (2011)", character(),
    list(default = 1e-8, std_error = 1e-6, statistic = 1e-5, p_value = 1e-6, conf_low = 1e-6, conf_high = 1e-6))
  if (level == "ordinal") { conf <- .9
    truth("agreement", "coders_90", "coders", "twelve units, four coders, missing codes, ordinal, 90%", list(columns = lapply(as.data.frame(raw), identity)),
      list(level = level, interval = "t", conf_level = .9), lapply(coef_rows(level), `[`, c("term", "estimate", "conf_low", "conf_high")), NULL, NULL,
      "the same", "Gwet (2014), irrCAC data set cac.raw4raters", character(), list(default = 1e-8, conf_low = 1e-6, conf_high = 1e-6)); conf <- .95 }
  if (level == "nominal") { # the t interval of log(1 - estimate), by the delta method
    logged <- lapply(rows, function(r) { l <- log(1 - r$estimate); w <- qt(.975, r$n - 1) * r$std_error / (1 - r$estimate)
      r[c("conf_low", "conf_high")] <- 1 - exp(l + c(w, -w)); r })
    truth("agreement", "coders_log", "coders", "twelve units, four coders, missing codes, interval of log(1 - estimate)",
      list(columns = lapply(as.data.frame(raw), identity)), list(level = level), logged, NULL, list(n_used = 12),
      "the same; t interval of log(1 - estimate) by the delta method", "Gwet (2014), irrCAC data set cac.raw4raters", character(),
      list(default = 1e-8, std_error = 1e-6, statistic = 1e-5, p_value = 1e-6, conf_low = 1e-6, conf_high = 1e-6))
  }
}

# Whole published data sets: 49 companies of lq2002 and 99 groups of bh1996.
raw_lq <- list(raw = "leiderschap/leiderschap.csv"); raw_bh <- list(raw = "welzijn/welzijn.csv"); data(bh1996)
all_leads <- c(paste0("LEAD0", 1:9), "LEAD10", "LEAD11"); hostile <- paste0("HOSTIL0", 1:5)
truth("agreement", "aggregation_lq2002", "aggregation", "eleven leadership items of 49 companies", raw_lq,
  list(items = all_leads, group = "COMPID", scale = c(1, 5), null = c("uniform", "slight", "normal")),
  aggregation(lq2002, all_leads, c("uniform", "slight", "normal")), NULL, list(n_used = nrow(lq2002)),
  "multilevel::rwg.j, ad.m; aov(rowMeans(x) ~ factor(COMPID))", "Bliese, multilevel: data set lq2002", "multilevel",
  list(default = 1e-7))
a <- aov(HRS ~ factor(GRP), bh1996); r <- icc_anova(bh1996$HRS, bh1996$GRP, "mean")
stopifnot(abs(ICC1(a) - r$table[[1]]$estimate) < 1e-10, abs(ICC2(a) - r$table[[2]]$estimate) < 1e-10)
truth("agreement", "icc_groups_bh1996", "icc_groups", "work hours in 99 army groups", raw_bh, list(item = "HRS", group = "GRP"),
  r$table, r$fit, list(n_used = nrow(bh1996)), "multilevel::ICC1, ICC2 of aov(HRS ~ factor(GRP)); F interval",
  "Bliese (2000); Bliese and Halverson (1996), multilevel::bh1996", "multilevel", list(default = 1e-7, p_value = 1e-12))
