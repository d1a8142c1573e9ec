/**
 * Time zones by area code, for countries of several zones whose numbers tell the place. Digits of E.164 without `+`; the
 * longest prefix counts. An area that lies on both sides of a border has both zones.
 *
 * Sources: NANPA's and CNAC's area code maps beside 49 CFR 71 (limits of the US zones); Anatel, Resolução 86/1998 (códigos
 * nacionais); ACMA Numbering Plan 2015; CNMC and ANACOM numbering plans. Zone names: time zone database. Mobile numbers of
 * Australia, Spain and Portugal tell no place: there the country's zones count together.
 */

const BY_ZONES: Readonly<Record<string, string>> = {
  // United States and Canada: three digits after the 1.
  'America/New_York':
    '1201 1202 1203 1207 1212 1215 1216 1220 1223 1227 1229 1231 1234 1239 1240 1248 1252 1260 1267 1269 1272 1276 1283 1301 1302 1304 1305 1313 1315 1317 1321 1324 1326 1329 1330 1332 1336 1339 1347 1351 1352 1363 1380 1386 1401 1404 1407 1410 1412 1413 1419 1434 1436 1440 1443 1445 1463 1470 1472 1475 1478 1484 1502 1508 1513 1516 1517 1518 1540 1551 1561 1567 1570 1571 1582 1585 1586 1603 1607 1609 1610 1614 1616 1617 1624 1631 1640 1645 1646 1656 1667 1678 1679 1680 1681 1686 1689 1703 1704 1706 1716 1717 1718 1724 1727 1728 1732 1734 1740 1743 1754 1757 1762 1765 1770 1771 1772 1774 1781 1786 1802 1803 1804 1810 1813 1814 1821 1826 1828 1835 1838 1839 1843 1845 1848 1854 1856 1857 1859 1860 1862 1863 1864 1865 1878 1904 1908 1910 1912 1914 1917 1919 1929 1934 1937 1941 1943 1947 1948 1954 1959 1973 1978 1980 1984 1989',
  'America/Chicago':
    '1205 1210 1214 1217 1218 1224 1225 1228 1251 1254 1256 1262 1274 1281 1309 1312 1314 1316 1318 1319 1320 1325 1327 1331 1334 1337 1346 1353 1361 1402 1405 1409 1414 1417 1430 1432 1447 1457 1464 1469 1471 1479 1501 1504 1507 1512 1515 1531 1534 1539 1557 1563 1572 1573 1580 1601 1608 1612 1615 1618 1621 1629 1630 1636 1641 1651 1659 1660 1662 1682 1708 1712 1713 1715 1726 1730 1731 1737 1763 1769 1773 1779 1806 1815 1816 1817 1830 1832 1847 1861 1870 1872 1901 1903 1913 1918 1920 1924 1931 1936 1938 1940 1945 1952 1956 1972 1975 1979 1985',
  'America/New_York America/Chicago': '1219 1270 1364 1423 1448 1574 1606 1812 1850 1906 1930',
  'America/Chicago America/Denver': '1308 1605 1620 1701 1785',
  'America/Denver': '1303 1307 1385 1406 1435 1505 1575 1719 1720 1748 1801 1915 1970 1983',
  'America/Phoenix': '1480 1520 1602 1623',
  'America/Phoenix America/Denver': '1928',
  'America/Denver America/Los_Angeles': '1208 1458 1541 1775 1986',
  'America/Los_Angeles':
    '1206 1209 1213 1253 1279 1310 1323 1341 1350 1357 1360 1369 1408 1415 1424 1425 1442 1503 1509 1510 1530 1559 1562 1564 1619 1626 1628 1650 1657 1661 1669 1702 1707 1714 1725 1738 1747 1760 1805 1818 1820 1831 1837 1840 1858 1909 1916 1925 1949 1951 1971',
  'America/Anchorage America/Adak': '1907',
  'Pacific/Honolulu': '1808',
  'America/St_Johns America/Halifax': '1709 1879',
  'America/Halifax': '1428 1506 1782 1902',
  'America/Toronto America/Halifax America/Blanc-Sablon': '1367 1418 1581',
  'America/Toronto':
    '1226 1249 1263 1289 1343 1354 1365 1382 1416 1437 1438 1450 1468 1514 1519 1548 1579 1613 1647 1683 1705 1742 1753 1819 1873 1905 1942',
  'America/Toronto America/Winnipeg America/Atikokan': '1807',
  'America/Winnipeg': '1204 1431 1584',
  'America/Regina America/Edmonton': '1306 1474 1639',
  'America/Edmonton': '1368 1403 1587 1780 1825',
  'America/Vancouver': '1604',
  'America/Vancouver America/Edmonton America/Creston': '1236 1250 1257 1672 1778',
  'America/Toronto America/Winnipeg America/Edmonton America/Vancouver America/Whitehorse America/Cambridge_Bay America/Resolute':
    '1867',
  // Brazil: the DDD, which mobile numbers have too.
  'America/Sao_Paulo':
    '5511 5512 5513 5514 5515 5516 5517 5518 5519 5521 5522 5524 5527 5528 5531 5532 5533 5534 5535 5537 5538 5541 5542 5543 5544 5545 5546 5547 5548 5549 5551 5553 5554 5555 5561 5562 5564',
  'America/Bahia': '5571 5573 5574 5575 5577',
  'America/Maceio': '5579 5582',
  'America/Araguaina': '5563',
  'America/Recife': '5581 5587',
  'America/Noronha': '55813619',
  'America/Fortaleza': '5583 5584 5585 5586 5588 5589 5598 5599',
  'America/Belem': '5591 5593 5594 5596',
  'America/Cuiaba': '5565 5566',
  'America/Campo_Grande': '5567',
  'America/Porto_Velho': '5569',
  'America/Boa_Vista': '5595',
  'America/Manaus': '5592',
  'America/Manaus America/Eirunepe': '5597',
  'America/Rio_Branco': '5568',
  // Australia: geographic numbers only.
  'Australia/Sydney Australia/Lord_Howe': '612',
  'Australia/Melbourne': '613',
  'Australia/Brisbane': '617',
  'Australia/Adelaide Australia/Darwin Australia/Perth Australia/Eucla': '618',
  // Spain and Portugal: the islands' geographic numbers and those of the mainland.
  'Europe/Madrid': '348 349',
  'Atlantic/Canary': '34822 34828 34922 34928',
  'Europe/Lisbon': '3512',
  'Atlantic/Azores': '351292 351295 351296',
};

const byPrefix = new Map<string, readonly string[]>(
  Object.entries(BY_ZONES).flatMap(([zones, prefixes]) =>
    prefixes.split(' ').map((prefix): [string, readonly string[]] => [prefix, zones.split(' ')]),
  ),
);
const LONGEST = Math.max(...[...byPrefix.keys()].map((prefix) => prefix.length));

/** Every prefix of the table, for its tests. */
export const AREA_PREFIXES: readonly string[] = [...byPrefix.keys()];

/**
 * @param digits of E.164 without `+`
 * @returns null: its area is in no table
 */
export function zonesOfArea(digits: string): readonly string[] | null {
  for (let length = Math.min(LONGEST, digits.length); length > 0; length -= 1) {
    const zones = byPrefix.get(digits.slice(0, length));
    if (zones !== undefined) return zones;
  }
  return null;
}
