"""Names for invented people."""

_FIRST = """
Maria Anders Hodan Mai Kathleen Sven Priya Thomas Ayaan Linnea Carlos Denise Pa-Houa Erik Fatima Gwen Henrik Ingrid
Jamal Karin Luis Marit Nora Omar Paula Quinn Rosa Stig Tamika Ulla Victor Wendy Ximena Yusuf Zoe Amina Björn Claire
Dmitri Elsa Frank Greta Hassan Irene Jorge Kirsten Lars Monica Nils Olivia Peter Rahel Samuel Tuyet Ursula Vang Wade
Yvonne Abdi Birgit Caleb Dolores Emeka Freya Gordon Hana Isaac Joan Kofi Lucia Martin Nadia Otto Phuong Renee Silas
Teresa Uma Vera Walter Xee Yolanda Aaron Bettina Curtis Daria Eino Florence Gustav Helga Ivan Judith Kwame Leah
Mattias Ngozi Oscar Pilar Ruth Sofia Torsten Vivian Arne Beatriz Colin Deborah Elmer Farah Gail Harold
"""
_LAST = """
Reyes Halvorson Warsame Vang Kowalski Lindstrom Raman Becker Mohamed Nyberg Ortega Jackson Xiong Sandvik Haddad Murphy
Olsen Bergstrom Washington Dahl Mendoza Engen Peterson Farah Novotny Sorensen Delgado Hauge Brooks Lindberg Schultz
Carlson Ramos Osman Whitaker Ali Nordin Dubois Petrov Fischer Gallagher Holm Jama Keller Castillo Mikkelsen Strand
Rossi Aune Okafor Larsen Tesfaye Weiss Nguyen Braun Thao Mercer Vance Hussein Lunde Foster Aguilar Obi Tangen Pratt
Sato Levin Byrne Mensah Romano Krueger Salim Dahlberg Tran Girard Hoff Silva Rao Markova Ziegler Lor Cruz Bishop Kraus
Ellison Popov Lehto Hart Winther Steen Volkov Kaplan Boateng Stein Backlund Eze Nielsen Prieto Gold Marin Haugen
Chandler Rustad Solis Quist Garner Moen Saleh Tucker Voss
"""
FIRST, LAST = tuple(_FIRST.split()), tuple(_LAST.split())
