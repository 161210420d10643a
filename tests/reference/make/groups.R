# Makes the references of the groups room from R. Run from this folder: Rscript groups.R
if (file.exists("customers.R")) setwd("..")
source("make/customers.R")

ncp <- function(cdf, start) {
  end <- function(p) if (cdf(0) <= p) 0 else uniroot(function(x) cdf(x) - p, c(0, 10 * start + 50), tol = 1e-13)$root
  function(level) c(end((1 + level) / 2), end((1 - level) / 2))
}
outcome <- function(name, level, group = "branch") {
  x <- na.omit(data.frame(y = customers[[name]], g = factor(customers[[group]]))); n <- nrow(x)
  w <- oneway.test(y ~ g, x); a <- anova(lm(y ~ g, x)); f <- a$`F value`[1]
  l <- ncp(function(k) pf(f, a$Df[1], a$Df[2], k), f * a$Df[1])(level)
  x$away <- abs(x$y - ave(x$y, x$g, FUN = median)); b <- anova(lm(away ~ g, x))
  s <- shapiro.test(residuals(lm(y ~ g, x)))
  c(list(row(term = name, part = "test", n = n, statistic = unname(w$statistic), df = unname(w$parameter[1]), df2 = unname(w$parameter[2]),
      p_value = w$p.value, effect = a$`Sum Sq`[1] / sum(a$`Sum Sq`), effect_low = l[1] / (l[1] + n), effect_high = l[2] / (l[2] + n))),
    lapply(levels(x$g), function(k) { y <- x$y[x$g == k]; t <- t.test(y, conf.level = level)
      row(term = name, part = "group", group = k, n = length(y), estimate = mean(y), sd = sd(y), std_error = t$stderr,
        conf_low = t$conf.int[1], conf_high = t$conf.int[2]) }),
    list(row(term = name, part = "equal_variances", n = n, statistic = b$`F value`[1], df = b$Df[1], df2 = b$Df[2], p_value = b$`Pr(>F)`[1]),
      row(term = name, part = "normality", n = n, statistic = unname(s$statistic), p_value = s$p.value)))
}
compare <- function(names, method, level = .95, group = "branch") {
  found <- lapply(names, outcome, level = level, group = group)
  p <- p.adjust(sapply(found, function(f) f[[1]]$p_value), method)
  for (k in seq_along(found)) found[[k]][[1]]$p_adjusted <- p[k]
  unlist(found, FALSE)
}
near <- list(default = 1e-8, effect_low = 1e-6, effect_high = 1e-6, p_value = 1e-6)
command <- "oneway.test; anova(lm()); pf(ncp) by uniroot; shapiro.test(residuals)"
truth("groups", "compare", "compare", "Two marks over three branches", list(outcomes = c("satisfaction", "p1"), group = "branch"),
  compare(c("satisfaction", "p1"), "holm"), info = list(n_used = 60), command = command, tolerance = near)
truth("groups", "compare_bonferroni", "compare", "Two marks over renewal, 90%",
  list(outcomes = c("satisfaction", "p1"), group = "renewed", adjust = "bonferroni", conf_level = .9),
  compare(c("satisfaction", "p1"), "bonferroni", .9, "renewed"), command = command, tolerance = near)

pairwise <- function(name, method, level = .95, group = "branch") {
  x <- na.omit(data.frame(y = customers[[name]], g = factor(customers[[group]]))); k <- nlevels(x$g)
  all <- combn(levels(x$g), 2)
  rows <- lapply(seq_len(ncol(all)), function(j) {
    a <- x$y[x$g == all[1, j]]; b <- x$y[x$g == all[2, j]]; t <- t.test(a, b, conf.level = level)
    d <- unname(t$parameter); ts <- unname(t$statistic); ends <- t$conf.int; p <- NA
    if (method == "games_howell" && k > 2) {
      p <- ptukey(abs(ts) * sqrt(2), k, d, lower.tail = FALSE)
      ends <- mean(a) - mean(b) + c(-1, 1) * qtukey(level, k, d) / sqrt(2) * t$stderr
    }
    v <- length(a) + length(b) - 2; s <- sqrt(((length(a) - 1) * var(a) + (length(b) - 1) * var(b)) / v)
    J <- exp(lgamma(v / 2) - log(sqrt(v / 2)) - lgamma((v - 1) / 2)); h <- sqrt(1 / length(a) + 1 / length(b))
    tt <- (mean(a) - mean(b)) / s / h
    e <- sapply(c((1 + level) / 2, (1 - level) / 2), function(q) uniroot(function(z) pt(tt, v, z) - q, c(-20, 20), tol = 1e-13)$root)
    row(term = name, group = all[1, j], reference_group = all[2, j], n = length(a) + length(b), estimate = mean(a) - mean(b),
      std_error = t$stderr, conf_low = ends[1], conf_high = ends[2], statistic = ts, df = d, p_value = t$p.value, p_adjusted = p,
      effect = tt * h * J, effect_low = e[1] * h * J, effect_high = e[2] * h * J)
  })
  if (is.na(rows[[1]]$p_adjusted)) {
    p <- p.adjust(sapply(rows, `[[`, "p_value"), if (method == "games_howell") "holm" else method)
    for (j in seq_along(rows)) rows[[j]]$p_adjusted <- p[j]
  }
  rows
}
near <- list(default = 1e-8, conf_low = 1e-5, conf_high = 1e-5, p_adjusted = 1e-5, effect_low = 1e-6, effect_high = 1e-6)
command <- "t.test; ptukey and qtukey; pt(ncp) by uniroot; p.adjust"
truth("groups", "pairwise", "pairwise", "Three branches pair by pair, Games-Howell", list(outcomes = "satisfaction", group = "branch"),
  pairwise("satisfaction", "games_howell"), command = command, tolerance = near)
truth("groups", "pairwise_holm", "pairwise", "Three branches pair by pair, Holm, 90%",
  list(outcomes = "satisfaction", group = "branch", adjust = "holm", conf_level = .9), pairwise("satisfaction", "holm", .9), command = command, tolerance = near)
truth("groups", "pairwise_two", "pairwise", "Two groups: one Welch test", list(outcomes = "satisfaction", group = "renewed"),
  pairwise("satisfaction", "games_howell", group = "renewed"), command = command, tolerance = near)

crossed <- function(m, method, level = .95) {
  t <- suppressWarnings(chisq.test(m, correct = FALSE)); n <- sum(m); x <- unname(t$statistic); d <- unname(t$parameter)
  l <- ncp(function(k) pchisq(x, d, k), x)(level); most <- n * (min(dim(m)) - 1)
  p <- 2 * pnorm(-abs(t$stdres)); q <- matrix(p.adjust(p, method), nrow(m))
  list(rows = c(list(row(term = "total", part = "test", n = n, statistic = x, df = d, p_value = t$p.value, effect = sqrt(x / most),
      effect_low = sqrt(l[1] / most), effect_high = min(1, sqrt(l[2] / most)))),
    unlist(lapply(seq_len(nrow(m)), function(i) lapply(seq_len(ncol(m)), function(j)
      row(term = rownames(m)[i], part = "cell", group = colnames(m)[j], n = m[i, j], share = m[i, j] / sum(m[i, ]),
        expected = t$expected[i, j], residual = t$stdres[i, j], p_value = p[i, j], p_adjusted = q[i, j]))), FALSE)),
    fit = list(n_sparse = sum(t$expected < 5), n_cells = length(m)))
}
near <- list(default = 1e-8, effect_low = 1e-6, effect_high = 1e-6)
command <- "chisq.test(correct = FALSE)$stdres; p.adjust; pchisq(ncp) by uniroot"
m <- unclass(table(customers$branch, customers$channel)); found <- crossed(m, "holm")
truth("groups", "table", "table", "Branch by channel", list(rows = "branch", columns = "channel"), found$rows, found$fit,
  info = list(n_total = 60, n_used = 59), command = command, tolerance = near)

housing <- xtabs(Freq ~ Type + Sat, MASS::housing); m <- matrix(housing, nrow(housing), dimnames = unname(dimnames(housing)))
counted <- list(columns = lapply(MASS::housing[c("Type", "Sat", "Freq")], function(x) if (is.factor(x)) as.character(x) else x))
found <- crossed(m, "none", .9)
truth("groups", "table_counts_column", "table", "Tenants of Copenhagen: type of house by satisfaction, from a column of counts, 90%",
  list(rows = "Type", columns = "Sat", counts = "Freq", adjust = "none", conf_level = .9), found$rows, found$fit, data = counted,
  citation = "MASS::housing (Madsen, 1976)", command = command, tolerance = near)
found <- crossed(m, "BH")
ready <- lapply(setNames(rownames(m), rownames(m)), function(r) as.list(m[r, ]))
truth("groups", "table_counts", "table", "The same tenants from a ready table of counts", list(data = ready, adjust = "fdr_bh"),
  found$rows, found$fit, data = NULL, citation = "MASS::housing (Madsen, 1976)", command = command, tolerance = near)

# Ranks
superior <- function(a, b, level) {
  # Brunner and Munzel (2000) from placements, counted pair by pair.
  above <- sapply(a, function(x) mean((x > b) + .5 * (x == b))); below <- sapply(b, function(x) mean((x < a) + .5 * (x == a)))
  u <- var(above) / length(a); v <- var(below) / length(b); e <- sqrt(u + v); d <- (u + v)^2 / (u^2 / (length(a) - 1) + v^2 / (length(b) - 1)); q <- qt((1 + level) / 2, d)
  t <- (mean(above) - .5) / e
  row(estimate = mean(above), std_error = e, statistic = t, df = d, p_value = 2 * pt(-abs(t), d), conf_low = max(0, mean(above) - q * e), conf_high = min(1, mean(above) + q * e), n = length(a) + length(b))
}
ranked <- function(names, method, level = .95, group = "branch") {
  found <- lapply(names, function(name) {
    x <- na.omit(data.frame(y = customers[[name]], g = factor(customers[[group]]))); k <- kruskal.test(y ~ g, x); n <- nrow(x); r <- rank(x$y); all <- combn(levels(x$g), 2)
    pairs <- lapply(seq_len(ncol(all)), function(j) c(row(term = name, part = "pair", group = all[1, j], reference_group = all[2, j]), superior(x$y[x$g == all[1, j]], x$y[x$g == all[2, j]], level)))
    p <- p.adjust(sapply(pairs, `[[`, "p_value"), method); for (j in seq_along(pairs)) pairs[[j]]$p_adjusted <- p[j]
    c(list(row(term = name, part = "test", n = n, statistic = unname(k$statistic), df = unname(k$parameter), p_value = k$p.value, effect = unname(k$statistic) * (n + 1) / (n^2 - 1))),
      lapply(levels(x$g), function(l) row(term = name, part = "group", group = l, n = sum(x$g == l), median = median(x$y[x$g == l]), estimate = mean(r[x$g == l]))), pairs)
  })
  p <- p.adjust(sapply(found, function(f) f[[1]]$p_value), method); for (k in seq_along(found)) found[[k]][[1]]$p_adjusted <- p[k]
  unlist(found, FALSE)
}
command <- "kruskal.test; Brunner-Munzel from placements; p.adjust"
truth("groups", "ranks", "ranks", "Two marks over three branches on ranks", list(outcomes = c("satisfaction", "p1"), group = "branch"), ranked(c("satisfaction", "p1"), "holm"),
  info = list(n_used = 60), command = command)
truth("groups", "ranks_none", "ranks", "One mark over three branches, no correction, 90%", list(outcomes = "p3", group = "branch", adjust = "none", conf_level = .9),
  ranked("p3", "none", .9), command = command)

# Trend over ordered groups: Jonckheere's z is Kendall's S over its standard deviation with ties on both sides.
trend <- function(name, group, labels, level = .95) {
  x <- na.omit(data.frame(y = customers[[name]], g = match(customers[[group]], labels))); n <- nrow(x); k <- length(labels)
  z <- unname(cor.test(x$g, x$y, method = "kendall", exact = FALSE)$statistic)
  J <- sum(outer(seq_len(n), seq_len(n), function(i, j) (x$g[i] < x$g[j]) * ((x$y[i] < x$y[j]) + .5 * (x$y[i] == x$y[j]))))
  m <- tapply(x$y, x$g, mean); v <- tapply(x$y, x$g, var) / table(x$g); w <- seq_len(k) - mean(seq_len(k)); w <- w / sum(w^2)
  est <- sum(w * m); e <- sqrt(sum(w^2 * v)); d <- sum(w^2 * v)^2 / sum((w^2 * v)^2 / (table(x$g) - 1)); q <- qt((1 + level) / 2, d)
  list(rows = c(list(row(term = name, part = "jonckheere", n = n, statistic = z, p_value = 2 * pnorm(-abs(z)), effect = cor(x$g, x$y, method = "kendall")),
      row(term = name, part = "contrast", n = n, estimate = est, std_error = e, statistic = est / e, df = d, p_value = 2 * pt(-abs(est / e), d), conf_low = est - q * e, conf_high = est + q * e)),
    lapply(seq_len(k), function(j) { t <- t.test(x$y[x$g == j], conf.level = level); row(term = name, part = "group", group = as.character(labels[j]), n = sum(x$g == j), estimate = unname(t$estimate),
      std_error = t$stderr, conf_low = t$conf.int[1], conf_high = t$conf.int[2]) })), fit = list(jonckheere = J))
}
command <- "cor.test(method = 'kendall', exact = FALSE); weighted sum of means with Satterthwaite df"
found <- trend("satisfaction", "channel", c("desk", "phone", "web"))
truth("groups", "trend_over_order", "trend_over_order", "Satisfaction over three ordered channels", list(outcome = "satisfaction", ordered_group = "channel", order = c("desk", "phone", "web")),
  found$rows, found$fit, info = list(n_used = sum(complete.cases(customers[c("satisfaction", "channel")]))), command = command)
found <- trend("p1", "i1", 1:3, .9)
truth("groups", "trend_over_numbers", "trend_over_order", "A mark over three numbered groups, 90%", list(outcome = "p1", ordered_group = "i1", conf_level = .9), found$rows, found$fit, command = command)
